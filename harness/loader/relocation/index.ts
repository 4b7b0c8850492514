export { relocationsOf } from './find.ts';
export { type DynamicTypes, type Relocation, type RelocationArchitecture, typeName } from './relocation.ts';
