import type { Architecture } from '../../../engine/index.ts';
import { aarch64Relocations } from './aarch64.ts';
import type { RelocationArchitecture } from './relocation.ts';
import { x86_64Relocations } from './x86-64.ts';

export function relocationsOf(architecture: Architecture): RelocationArchitecture {
  return architecture.name === 'x86-64' ? x86_64Relocations : aarch64Relocations;
}
