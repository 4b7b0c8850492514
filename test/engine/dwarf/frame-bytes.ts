import { type Architecture, aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { FrameSection, type FrameSectionKind, type FrameSectionOptions, rowsOf } from '../../../engine/dwarf/index.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import type { Row } from '../../../engine/row/row.ts';

export type Content = readonly (number | readonly number[])[];

export const u16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
export const u32 = (value: number): number[] => [...u16(value), ...u16(value >>> 16)];
export const u64 = (value: bigint | number): number[] =>
  Array.from({ length: 8 }, (_, i) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 0xffn));
/** A string with its final zero. */
export const text = (value: string): number[] => [...Array.from(value, (letter) => letter.charCodeAt(0)), 0];

/** A section under construction: entries get their length and id; everything else is given byte by byte. */
export class FrameBytes {
  readonly kind: FrameSectionKind;
  /** Entries use the 64-bit format. */
  wide: boolean;
  readonly #bytes: number[] = [];

  constructor(kind: FrameSectionKind = '.eh_frame', wide = false) {
    this.kind = kind;
    this.wide = wide;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** Offset of the next byte. */
  get length(): number {
    return this.#bytes.length;
  }

  raw(...content: Content): number {
    const offset = this.length;
    this.#bytes.push(...content.flat());
    return offset;
  }

  cie(...content: Content): number {
    const id = this.kind === '.eh_frame' ? u32(0) : this.wide ? u64(-1) : u32(-1);
    return this.#entry(id, content);
  }

  fde(cieOffset: number, ...content: Content): number {
    const idOffset = this.length + (this.wide ? 12 : 4);
    if (this.kind === '.eh_frame') return this.#entry(u32(idOffset - cieOffset), content);
    return this.#entry(this.wide ? u64(cieOffset) : u32(cieOffset), content);
  }

  section(options: Partial<FrameSectionOptions> & { readonly address?: bigint } = {}): FrameSection {
    const { address = 0x5000n, ...rest } = options;
    return new FrameSection({
      kind: this.kind,
      section: { address, bytes: this.bytes },
      architecture: x86_64,
      ...rest,
    });
  }

  #entry(id: readonly number[], content: Content): number {
    const body = [...id, ...content.flat()];
    return this.raw(this.wide ? [...u32(-1), ...u64(body.length)] : u32(body.length), body);
  }
}

/** Version 1, `zR`, code alignment 1, data alignment -8, RA 16, absptr: DW_CFA_def_cfa rsp+8, DW_CFA_offset rip 1. */
export const x86Cie: Content = [1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0x90, 1];

/** Version 1, `zR`, code alignment 4, data alignment -8, RA 30, absptr: DW_CFA_def_cfa sp+0. */
export const aarch64Cie: Content = [1, text('zR'), 4, 0x78, 30, 1, 0x00, 0x0c, 31, 0];

/** Start, size, and no augmentation data: what precedes instructions in an FDE of the CIEs above. */
export const covering = (start: bigint | number, size: bigint | number): number[] => [...u64(start), ...u64(size), 0];

/** Rows as `START..END RULES`, addresses in hexadecimal. */
export function rowText(row: Row, architecture: Architecture): string {
  const address = (lo: number, hi: number): string => ((BigInt(hi) << 32n) | BigInt(lo)).toString(16);
  const range = `${address(row.startLo, row.startHi)}..${address(row.endLo, row.endHi)}`;
  return `${range} ${formatRow(row, architecture)}`;
}

/** The rows of a function at 0x1000..0x1100 that has these instructions and `x86Cie`. */
export function x86Rows(...instructions: Content): string[] {
  return rowsWith(x86_64, x86Cie, instructions);
}

/** The rows of a function at 0x1000..0x1100 that has these instructions and `aarch64Cie`. */
export function aarch64Rows(...instructions: Content): string[] {
  return rowsWith(aarch64, aarch64Cie, instructions);
}

export function rowsWith(architecture: Architecture, cie: Content, instructions: Content): string[] {
  const frames = new FrameBytes();
  const fde = frames.fde(frames.cie(...cie), covering(0x1000, 0x100), ...instructions);
  return Array.from(rowsOf(frames.section({ architecture }), fde), (row) => rowText(row, architecture));
}
