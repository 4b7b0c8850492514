import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { machineOf } from '../rules/machine-of.ts';

/** DWARF numbers of all a function preserves but SP: general registers, and d8–d15 on AArch64. */
export function preserved(architecture: ArchitectureName): readonly number[] {
  const { calleeSaved } = machineOf(architecture);
  return architecture === 'x86-64'
    ? calleeSaved
    : [...calleeSaved, ...a64.dRegisters.slice(8, 16).map(a64.dwarfNumber)];
}
