import type { Architecture } from '../architecture/index.ts';
import type { PlainRules } from '../cache/plain-rules.ts';
import { UnwindError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { Row } from '../row/row.ts';
import { ByteReader } from './byte-reader.ts';
import { CfaMachine } from './cfa-program.ts';
import { type Cie, readCie } from './cie.ts';
import { EntryHeader, type FrameSectionKind, readEntryHeader } from './entry-header.ts';
import { type Fde, readFde } from './fde.ts';
import { FdeIndex } from './fde-index.ts';
import { PlainProgram, type PlainStart, plainStart } from './plain-program.ts';
import type { Base, PointerBases } from './pointer-encoding.ts';
import type { SectionBytes } from './section-bytes.ts';
import { fewestBytes, hasUsualFdes } from './usual-fde.ts';

export interface FrameSectionOptions {
  readonly kind: FrameSectionKind;
  readonly section: SectionBytes;
  readonly architecture: Architecture;
  /** What `DW_EH_PE_textrel` counts from: the address of `.text`. Without it, such pointers are unsupported. */
  readonly textBase?: bigint;
  /** What `DW_EH_PE_datarel` counts from: the address of the GOT. Without it, such pointers are unsupported. */
  readonly dataBase?: bigint;
  /** Added to pointers that count from nothing, where no relocation has been applied to them. 0 if absent. */
  readonly loadBias?: bigint;
  /** Where function addresses encoded as indirect are looked up. Without it, they are unsupported. */
  readonly memory?: Memory;
}

/** `.eh_frame` or `.debug_frame` of a module: reads its entries, each CIE once. */
export class FrameSection {
  readonly kind: FrameSectionKind;
  readonly section: SectionBytes;
  readonly architecture: Architecture;
  readonly bases: PointerBases;
  readonly #memory: Memory | undefined;
  readonly #reader: ByteReader;
  readonly #machine: CfaMachine;
  readonly #header = new EntryHeader();
  readonly #cies = new Map<number, Cie | UnwindError>();
  #index: FdeIndex | undefined;
  readonly #view: DataView;
  /** Of the section, bytes. */
  readonly #size: number;
  readonly #plainProgram: PlainProgram;
  /** What the CIEs of usual FDEs start with, by offset; undefined for others. */
  readonly #plainStarts = new Map<number, PlainStart | undefined>();
  /** The CIE asked for last, and what it starts with. */
  #lastCie = -1;
  #lastStart: PlainStart | undefined;

  constructor(options: FrameSectionOptions) {
    const { kind, section, architecture, textBase, dataBase } = options;
    this.kind = kind;
    this.section = section;
    this.architecture = architecture;
    this.bases = {
      section: halves(section.address),
      text: textBase === undefined ? undefined : halves(textBase),
      data: dataBase === undefined ? undefined : halves(dataBase),
      absolute: halves(options.loadBias ?? 0n),
    };
    this.#memory = options.memory;
    this.#reader = new ByteReader(section.bytes, kind);
    this.#machine = this.createMachine();
    const { bytes } = section;
    this.#size = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#plainProgram = new PlainProgram(architecture, bytes);
  }

  /** Every FDE of the section by address; built by a scan at the first use. */
  get index(): FdeIndex {
    this.#index ??= new FdeIndex(this);
    return this.#index;
  }

  /** A machine of its own, which lookups do not disturb. */
  createMachine(): CfaMachine {
    return new CfaMachine(this.architecture, new ByteReader(this.section.bytes, this.kind), this.bases);
  }

  /**
   * Reads what the entry at an offset starts with. Where that throws, `header.end` is the offset behind the entry or, if
   * not even its length can be read, 0.
   */
  readHeader(offset: number, header: EntryHeader): void {
    readEntryHeader(this.#reader, this.kind, offset, header);
  }

  /** Reads the FDE at an offset. Throws `UnwindError` where it is none, or its or its CIE's layout is broken. */
  readFde(offset: number, fde: Fde): void {
    const header = this.#header;
    this.readHeader(offset, header);
    if (header.kind !== 'fde') throw this.#reader.invalid('an FDE', offset);
    const { content, end, cieOffset } = header;
    const cie = this.cieAt(cieOffset);
    this.#reader.window(content, end);
    readFde(this.#reader, cie, this.bases, this.#memory, offset, fde);
  }

  cieAt(offset: number): Cie {
    let cie = this.#cies.get(offset);
    if (cie === undefined) {
      cie = this.#readCie(offset);
      this.#cies.set(offset, cie);
    }
    if (cie instanceof UnwindError) throw cie;
    return cie;
  }

  /** The rules after a CIE's initial instructions, evaluated once. Throws where they are unusable. */
  initialState(cie: Cie): Uint32Array {
    if (cie.problem !== undefined) throw cie.problem;
    cie.initial ??= this.#machine.evaluateInitial(cie);
    return cie.initial;
  }

  /** Writes the row that holds at an address `fde` covers. */
  fillRow(fde: Fde, lo: number, hi: number, row: Row): void {
    const cie = fde.cie!;
    const initial = cie.problem === undefined && cie.initial !== undefined ? cie.initial : this.initialState(cie);
    const machine = this.#machine;
    machine.start(fde, cie, initial);
    machine.runTo(lo, hi);
    machine.fill(row);
  }

  /**
   * Writes the rules that hold at an address if the FDE at an offset covers it and has the layout and the instructions of
   * nearly all. False where that is not so, and for an offset outside the section.
   */
  lookupPlain(offset: number, lo: number, hi: number, rules: PlainRules): boolean {
    const view = this.#view;
    if (offset < 0 || offset > this.#size - fewestBytes) return false;
    const back = view.getInt32(offset + 4, true);
    // A CIE lies before its FDEs: the distance has no sign, and an entry with none is no FDE.
    if (back <= 0) return false;
    const start = this.#plainStartAt(offset + 4 - back);
    if (start === undefined) return false;
    const content = offset + 8;
    const end = offset + 4 + view.getInt32(offset, true);
    const pointer = view.getInt32(content, true);
    // A pointer of 0 is no distance: it stands for itself.
    if (pointer === 0 || end < offset + fewestBytes || end > this.#size) return false;
    const { section } = this.bases;
    const distance = (hi - section.hi) * 2 ** 32 + (lo - section.lo) - content - pointer;
    if (distance < 0 || distance >= view.getUint32(content + 4, true)) return false;
    // The function would begin below address 0.
    if (hi === 0 && lo < distance) return false;
    const augmentation = view.getUint8(content + 8);
    const instructions = content + 9 + augmentation;
    if ((augmentation !== 0 && augmentation !== 4) || instructions > end) return false;
    if (distance > 0x7fff_ffff) return false;
    return this.#plainProgram.run(start, instructions, end, distance | 0, rules);
  }

  #plainStartAt(cieOffset: number): PlainStart | undefined {
    if (cieOffset === this.#lastCie) return this.#lastStart;
    if (!this.#plainStarts.has(cieOffset)) this.#plainStarts.set(cieOffset, this.#readPlainStart(cieOffset));
    this.#lastCie = cieOffset;
    this.#lastStart = this.#plainStarts.get(cieOffset);
    return this.#lastStart;
  }

  #readPlainStart(cieOffset: number): PlainStart | undefined {
    if (cieOffset < 0 || cieOffset >= this.#size) return undefined;
    try {
      const cie = this.cieAt(cieOffset);
      if (!hasUsualFdes(this, cie)) return undefined;
      return plainStart(this.architecture, cie, this.initialState(cie));
    } catch (error) {
      if (error instanceof UnwindError) return undefined;
      throw error;
    }
  }

  #readCie(offset: number): Cie | UnwindError {
    try {
      return readCie(this.#reader, this.kind, this.architecture, this.bases, offset);
    } catch (error) {
      if (error instanceof UnwindError) return error;
      throw error;
    }
  }
}

function halves(address: bigint): Base {
  return { lo: Number(address & 0xffffffffn), hi: Number((address >> 32n) & 0xffffffffn) };
}
