import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { aarch64Machine } from './aarch64-machine.ts';
import type { Machine } from './machine.ts';
import { x86_64Machine } from './x86-64-machine.ts';

export function machineOf(architecture: ArchitectureName): Machine {
  return architecture === 'x86-64' ? x86_64Machine : aarch64Machine;
}
