/** A module that cannot be loaded or does not export unwinders. */
export class UnwinderModuleError extends Error {
  override readonly name = 'UnwinderModuleError';
}
