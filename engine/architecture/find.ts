import { aarch64 } from './aarch64.ts';
import type { Architecture, ArchitectureName } from './architecture.ts';
import { x86_64 } from './x86-64.ts';

const architectures: readonly Architecture[] = [x86_64, aarch64];

/** The architecture of an ELF file's `e_machine`, or undefined where Plumbline does not know it. */
export function architectureByMachine(elfMachine: number): Architecture | undefined {
  return architectures.find((architecture) => architecture.elfMachine === elfMachine);
}

export function architectureByName(name: ArchitectureName): Architecture {
  return name === 'x86-64' ? x86_64 : aarch64;
}
