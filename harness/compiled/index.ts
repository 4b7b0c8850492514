export { type CompiledBinary, type CompiledPrograms, ManifestError, readCompiledPrograms } from './manifest.ts';
export { compiledScenarios } from './scenarios.ts';
