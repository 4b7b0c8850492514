import { type DRegister, dRegisters, registers, type XRegister, xRegisters } from '../encoder/aarch64/index.ts';
import type { Random } from '../random.ts';
import type { FrameStyle } from './style.ts';

export type Saved = XRegister | DRegister;

/** One or two registers of a kind stored by one instruction. */
export interface SaveUnit {
  readonly registers: readonly Saved[];
  /** From the lowest address of the area. */
  readonly offset: number;
}

/** Where an AArch64 function saves registers; `units[0]` is at its lowest address. */
export interface SaveArea {
  readonly units: readonly SaveUnit[];
  /** Bytes, a multiple of 16. */
  readonly size: number;
  /** Offset of the frame record (x29, x30), 0 without one. */
  readonly recordOffset: number;
}

/**
 * GCC: frame record, x19… ascending, then d8…; LLVM: d…8 descending, frame record, then x…19 descending. A function
 * without frame record saves x30 unless it is a leaf, and x29 as any other register.
 */
export function saveArea(style: FrameStyle, random: Random): SaveArea {
  const general = random
    .shuffle(xRegisters.slice(19, style.framePointer ? 29 : 30))
    .slice(0, style.saved)
    .sort((a, b) => a.code - b.code);
  const vectors = dRegisters.slice(8, 8 + style.vectors);
  const record = style.framePointer ? [registers.x29, registers.x30] : [];
  const link = style.framePointer || style.leaf ? [] : [registers.x30];
  const groups: readonly (readonly Saved[])[] =
    style.order === 'gcc'
      ? [record, [...link, ...general], vectors]
      : [vectors.toReversed(), record, [...link, ...general.toReversed()]];
  const units: SaveUnit[] = [];
  let offset = 0;
  let recordOffset = 0;
  for (const group of groups) {
    if (group === record && record.length > 0) recordOffset = offset;
    for (let i = 0; i < group.length; i += 2) {
      const [first, second] = [group[i]!, group[i + 1]];
      units.push({ registers: second === undefined ? [first] : [first, second], offset });
      // A single register takes a pair's room, so that pairs and SP stay aligned.
      offset += 16;
    }
  }
  return { units, size: offset, recordOffset };
}
