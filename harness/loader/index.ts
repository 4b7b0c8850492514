export { type FunctionSymbol, FunctionSymbols } from './function-symbols.ts';
export type { LoadedImage, LoadedModule, Segment } from './image.ts';
export { type LoadOptions, loadImage } from './load-image.ts';
