export type { UnwinderApi } from './api.ts';
export {
  type EncodingModule,
  loadEncodings,
  loadModuleFile,
  loadUnwinders,
  type ModuleFile,
  type UnwinderModule,
} from './load-unwinders.ts';
export { UnwinderModuleError } from './module-error.ts';
