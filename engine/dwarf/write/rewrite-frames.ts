import { UnwindError } from '../../errors.ts';
import type { ByteReader } from '../byte-reader.ts';
import type { Cie } from '../cie.ts';
import { DW_EH_PE_indirect, DW_EH_PE_omit, DW_EH_PE_pcrel, DW_EH_PE_sdata4, DW_EH_PE_sdata8 } from '../constants.ts';
import { Fde } from '../fde.ts';
import type { FrameSection } from '../frame-section.ts';
import { EncodedPointer, readEncodedPointer } from '../pointer-encoding.ts';
import { ByteWriter } from './byte-writer.ts';
import { copyInstructions } from './copy-instructions.ts';

/** A section `.eh_frame` with some of another one's FDEs. */
export interface RewrittenFrames {
  readonly bytes: Uint8Array;
  /** Where each FDE lies that was moved, by its offset in the section it comes from. */
  readonly fdeOffset: ReadonlyMap<number, number>;
  /** Why others were not, likewise: what they say depends on something that cannot be told or written. */
  readonly unmovable: ReadonlyMap<number, UnwindError>;
}

/** Why an encoding has nothing about the function of such an FDE. */
export const unmovableReason = 'its FDE cannot be moved';

/** Entries begin at multiples of this, as assemblers place them. */
const alignment = 4;

/** Distances up to this fit four bytes, wherever in the new section they count from. */
const farthestNear = 0x7000_0000n;

/** What is near or far, and how it is written. */
const near = DW_EH_PE_pcrel | DW_EH_PE_sdata4;
const far = DW_EH_PE_pcrel | DW_EH_PE_sdata8;

/** How the pointers of a CIE and its FDEs are written. */
interface CieForm {
  readonly offset: number;
  readonly pointer: number;
  readonly lsda: number;
}

/**
 * Writes the FDEs at some offsets of a section, with their CIEs, as a section `.eh_frame` for another address. Every
 * pointer is counted from its own place from then on, those that were indirect to functions are followed, the others
 * stay indirect. What the FDEs say about addresses does not change.
 */
export function rewriteFrames(frames: FrameSection, offsets: Iterable<number>, address: bigint): RewrittenFrames {
  const byCie = new Map<Cie, number[]>();
  const unmovable = new Map<number, UnwindError>();
  const readable: { readonly offset: number; readonly cie: Cie }[] = [];
  const fde = new Fde();
  // In the section's own order, which decides between FDEs of the same addresses.
  for (const offset of [...new Set(offsets)].sort((a, b) => a - b)) {
    attempt(unmovable, offset, () => {
      frames.readFde(offset, fde);
      const cie = fde.cie!;
      if (cie.problem !== undefined) throw cie.problem;
      readable.push({ offset, cie });
      const group = byCie.get(cie);
      if (group === undefined) byCie.set(cie, [offset]);
      else group.push(offset);
    });
  }
  const writer = new FrameWriter(frames, address);
  const forms = new Map<Cie, CieForm>();
  const fdeOffset = new Map<number, number>();
  for (const { offset, cie } of readable) {
    const form = forms.get(cie) ?? writer.cie(cie, writer.isNear(cie, byCie.get(cie)!));
    forms.set(cie, form);
    attempt(unmovable, offset, () => {
      fdeOffset.set(offset, writer.fde(offset, form));
    });
  }
  return { bytes: writer.finish(), fdeOffset, unmovable };
}

function attempt(unmovable: Map<number, UnwindError>, offset: number, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    unmovable.set(offset, error);
  }
}

class FrameWriter {
  readonly #frames: FrameSection;
  readonly #address: bigint;
  readonly #out = new ByteWriter();
  readonly #fde = new Fde();
  readonly #location = new EncodedPointer();

  constructor(frames: FrameSection, address: bigint) {
    this.#frames = frames;
    this.#address = address;
  }

  finish(): Uint8Array {
    this.#out.u32(0);
    return this.#out.bytes;
  }

  /** Whether four bytes are enough for all pointers and sizes of a CIE and its FDEs. */
  isNear(cie: Cie, offsets: readonly number[]): boolean {
    const fde = this.#fde;
    const reaches = (pointer: EncodedPointer): boolean => !pointer.present || this.#reaches(pointer.lo, pointer.hi);
    return (
      reaches(cie.personality) &&
      offsets.every((offset) => {
        this.#frames.readFde(offset, fde);
        const { startLo, startHi, endLo, endHi, lsda } = fde;
        return this.#reaches(startLo, startHi) && this.#reaches(endLo, endHi) && reaches(lsda);
      })
    );
  }

  cie(cie: Cie, isNear: boolean): CieForm {
    const out = this.#out;
    const { architecture } = this.#frames;
    const pointer = isNear ? near : far;
    const lsda = cie.lsdaEncoding === DW_EH_PE_omit ? DW_EH_PE_omit : pointer | (cie.lsdaEncoding & DW_EH_PE_indirect);
    const { personality } = cie;
    const letters = `z${personality.present ? 'P' : ''}${lsda === DW_EH_PE_omit ? '' : 'L'}R`;
    const flags = `${cie.signalFrame ? 'S' : ''}${cie.bKey ? 'B' : ''}${cie.taggedFrame ? 'G' : ''}`;
    const start = this.#begin();
    out.u32(0);
    out.u8(1);
    out.cString(letters + flags);
    out.uleb(cie.codeAlignment);
    out.sleb(cie.dataAlignmentLo, cie.dataAlignmentHi);
    out.u8(architecture.columnToDwarf[cie.returnColumn]!);
    const length = out.length;
    out.u8(0);
    if (personality.present) {
      out.u8(personality.indirect ? pointer | DW_EH_PE_indirect : pointer);
      this.#pointer(personality.lo, personality.hi, pointer);
    }
    if (lsda !== DW_EH_PE_omit) out.u8(lsda);
    out.u8(pointer);
    out.setU8(length, out.length - length - 1);
    const isComplete = copyInstructions(this.#frames, cie.instructionsStart, cie.instructionsEnd, out);
    this.#end(start, isComplete);
    return { offset: start, pointer, lsda };
  }

  /** Throws `UnwindError` where the FDE cannot be moved, and then has written nothing. */
  fde(offset: number, form: CieForm): number {
    const frames = this.#frames;
    const out = this.#out;
    const fde = this.#fde;
    frames.readFde(offset, fde);
    const start = this.#begin();
    try {
      out.u32(out.length - form.offset);
      this.#pointer(fde.startLo, fde.startHi, form.pointer);
      const size = fde.endLo - fde.startLo + (fde.endHi - fde.startHi) * 2 ** 32;
      if (form.pointer === near) out.u32(size);
      else out.u64(BigInt(size));
      if (form.lsda === DW_EH_PE_omit) out.u8(0);
      else {
        out.u8(form.pointer === near ? 4 : 8);
        if (fde.lsda.present) this.#pointer(fde.lsda.lo, fde.lsda.hi, form.pointer);
        else this.#raw(0n, form.pointer);
      }
      const copyLocation = (reader: ByteReader): void => this.#copyLocation(reader, fde, form.pointer);
      const isComplete = copyInstructions(frames, fde.instructionsStart, fde.instructionsEnd, out, copyLocation);
      this.#end(start, isComplete);
    } catch (error) {
      out.length = start;
      throw error;
    }
    return start;
  }

  #begin(): number {
    const start = this.#out.length;
    this.#out.u32(0);
    return start;
  }

  /** Ends an entry, padded with `DW_CFA_nop` unless nothing may stand behind its last instruction. */
  #end(start: number, padded: boolean): void {
    if (padded) this.#out.align(alignment);
    this.#out.setU32(start, this.#out.length - start - 4);
  }

  #copyLocation(reader: ByteReader, { cie, startLo, startHi }: Fde, encoding: number): void {
    const { fdeEncoding, addressSize } = cie!;
    const { kind, bases } = this.#frames;
    const offset = reader.position;
    const location = this.#location;
    readEncodedPointer(reader, fdeEncoding, addressSize, bases, { lo: startLo, hi: startHi }, location);
    if (location.indirect) {
      throw new UnwindError('unsupported', kind, offset, 'expected a location that is not indirect');
    }
    if (encoding === near && !this.#reaches(location.lo, location.hi)) {
      throw new UnwindError('invalid', kind, offset, 'expected a location near the function');
    }
    this.#pointer(location.lo, location.hi, encoding);
  }

  #pointer(lo: number, hi: number, encoding: number): void {
    this.#raw(((BigInt(hi) << 32n) | BigInt(lo)) - this.#address - BigInt(this.#out.length), encoding);
  }

  #raw(value: bigint, encoding: number): void {
    if (encoding === near) this.#out.u32(Number(BigInt.asUintN(32, value)));
    else this.#out.u64(value);
  }

  #reaches(lo: number, hi: number): boolean {
    const distance = BigInt.asIntN(64, ((BigInt(hi) << 32n) | BigInt(lo)) - this.#address);
    return distance < farthestNear && distance > -farthestNear;
  }
}
