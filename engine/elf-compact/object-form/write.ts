import type { Architecture } from '../../architecture/index.ts';
import { DW_EH_PE_indirect, DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from '../../dwarf/constants.ts';
import { ByteWriter } from '../../dwarf/write/byte-writer.ts';
import type { DescriptorList } from '../descriptor-list.ts';
import { type DescriptorCoding, plainCoding } from './descriptor-coding.ts';

const pointer = DW_EH_PE_pcrel | DW_EH_PE_sdata4;
const pointerSize = 4;
/** As assemblers align entries, and the last one of a section. */
const entryAlignment = 4;
const sectionAlignment = 8;
const cieVersion = 1;
/** Nothing of these is used, as there are no instructions: 1 and -8. */
const codeAlignment = 1;
const dataAlignment = 0x78;

/**
 * Makes the `.eh_frame` of an object whose FDEs hold descriptors: CIEs with the coding's augmentation, without instructions, and
 * FDEs with a list of descriptors as `DescriptorCursor` reads them. Addresses are counted from the section's.
 */
export class ObjectFormWriter {
  readonly #architecture: Architecture;
  readonly #personalities: ArrayLike<number>;
  readonly #coding: DescriptorCoding;
  readonly #out = new ByteWriter();
  /** By personality, -1 for none: offset of the CIE. */
  readonly #cies = new Map<number, number>();
  #cieBytes = 0;
  /** Offset of the last entry. */
  #last = -1;

  /** Personality routines or, with bit 0 set, pointers to them. */
  constructor(architecture: Architecture, personalities: ArrayLike<number>, coding: DescriptorCoding = plainCoding) {
    this.#architecture = architecture;
    this.#coding = coding;
    this.#personalities = personalities;
  }

  /**
   * Adds the FDE of a function from `start` up to `end`, whose descriptors count from its start. `personality` is -1 where it
   * has none, and then it has no LSDA either; `lsda` is undefined where it has a personality only.
   */
  add(start: number, end: number, descriptors: DescriptorList, personality = -1, lsda?: number): void {
    const out = this.#out;
    const cie = this.#cies.get(personality) ?? this.#addCie(personality);
    const offset = out.length;
    out.u32(0);
    out.u32(out.length - cie);
    out.u32(start - out.length);
    out.u32(end - start);
    if (personality < 0) out.u8(0);
    else {
      out.u8(pointerSize);
      out.u32(lsda === undefined ? 0 : lsda - out.length);
    }
    this.#addDescriptors(descriptors);
    this.#endEntry(offset);
  }

  /** The entries, without a terminator: others may follow. */
  finish(): { readonly bytes: Uint8Array; readonly parts: Readonly<Record<'cies' | 'fdes', number>> } {
    const out = this.#out;
    if (this.#last >= 0) {
      out.align(sectionAlignment);
      out.setU32(this.#last, out.length - this.#last - 4);
    }
    return { bytes: out.bytes, parts: { cies: this.#cieBytes, fdes: out.length - this.#cieBytes } };
  }

  #addCie(personality: number): number {
    const out = this.#out;
    const offset = out.length;
    out.u32(0);
    out.u32(0);
    out.u8(cieVersion);
    out.cString(`${personality < 0 ? 'zR' : 'zPLR'}${this.#coding.letter}`);
    out.u8(codeAlignment);
    out.u8(dataAlignment);
    const { columnToDwarf, link, pc } = this.#architecture;
    out.u8(columnToDwarf[link < 0 ? pc : link]!);
    if (personality < 0) out.u8(1);
    else {
      const address = this.#personalities[personality]!;
      const encodings = 2;
      out.u8(1 + pointerSize + encodings);
      out.u8((address & 1) === 0 ? pointer : DW_EH_PE_indirect | pointer);
      out.u32((address & ~1) - out.length);
      out.u8(pointer);
    }
    out.u8(pointer);
    this.#endEntry(offset);
    this.#cieBytes += out.length - offset;
    this.#cies.set(personality, offset);
    return offset;
  }

  #endEntry(offset: number): void {
    const out = this.#out;
    out.align(entryAlignment);
    out.setU32(offset, out.length - offset - 4);
    this.#last = offset;
  }

  /** A last descriptor of 0 is left out: less than 8 bytes of padding follow its distance. */
  #addDescriptors({ count, start, lo, hi }: DescriptorList): void {
    const out = this.#out;
    const before = { lo: 0, hi: 0 };
    for (let i = 0; i < count; i++) {
      out.uleb(start[i]! - (i === 0 ? 0 : start[i - 1]!) + 1);
      if (i + 1 === count && lo[i] === 0 && hi[i] === 0) return;
      this.#coding.write(out, lo[i]!, hi[i]!, before);
      before.lo = lo[i]!;
      before.hi = hi[i]!;
    }
  }
}
