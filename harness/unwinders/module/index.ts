export type { UnwinderApi } from './api.ts';
export { loadUnwinders, type UnwinderModule } from './load-unwinders.ts';
export { UnwinderModuleError } from './module-error.ts';
