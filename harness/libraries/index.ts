export { libraryPath } from './library-path.ts';
export { type PinnedLibrary, pinnedLibraries } from './pinned-library.ts';
