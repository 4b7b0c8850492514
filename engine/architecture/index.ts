export { aarch64 } from './aarch64.ts';
export type { Architecture, ArchitectureName } from './architecture.ts';
export { architectureByMachine, architectureByName } from './find.ts';
export { x86_64 } from './x86-64.ts';
