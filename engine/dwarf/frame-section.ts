import type { Architecture } from '../architecture/index.ts';
import { UnwindError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { Row } from '../row/row.ts';
import { ByteReader } from './byte-reader.ts';
import { CfaMachine } from './cfa-program.ts';
import { type Cie, readCie } from './cie.ts';
import { EntryHeader, type FrameSectionKind, readEntryHeader } from './entry-header.ts';
import { type Fde, readFde } from './fde.ts';
import { FdeIndex } from './fde-index.ts';
import type { Base, PointerBases } from './pointer-encoding.ts';
import type { SectionBytes } from './section-bytes.ts';

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
