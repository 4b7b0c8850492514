import { ByteReader } from '../../../engine/dwarf/byte-reader.ts';
import type { CfaMachine } from '../../../engine/dwarf/cfa-program.ts';
import { type Cie, readCie } from '../../../engine/dwarf/cie.ts';
import { EntryHeader, readEntryHeader } from '../../../engine/dwarf/entry-header.ts';
import { Fde, readFde } from '../../../engine/dwarf/fde.ts';
import { FrameHeader, type FrameSection, type Row, type RowSource, type SectionBytes } from '../../../engine/index.ts';

/** What a lookup finds as an earlier one left it, instead of working it out again. */
export interface Kept {
  /** The parsed head of `.eh_frame_hdr`. */
  readonly header: boolean;
  /** Parsed CIEs. */
  readonly cies: boolean;
  /** The rules after a CIE's instructions. */
  readonly initialRules: boolean;
}

/**
 * The engine's own way through `.eh_frame_hdr` and `.eh_frame`, typed arrays throughout, except that it does again at
 * each lookup whatever is not kept.
 */
export class ReparsingRowSource implements RowSource {
  readonly #kept: Kept;
  readonly #headerBytes: SectionBytes;
  readonly #section: FrameSection;
  readonly #reader: ByteReader;
  readonly #machine: CfaMachine;
  readonly #entry = new EntryHeader();
  readonly #fde = new Fde();
  readonly #cies = new Map<number, Cie>();
  readonly #keptHeader: FrameHeader;

  constructor(header: SectionBytes, section: FrameSection, kept: Kept) {
    this.#kept = kept;
    this.#headerBytes = header;
    this.#section = section;
    this.#reader = new ByteReader(section.section.bytes, section.kind);
    this.#machine = section.createMachine();
    this.#keptHeader = new FrameHeader(header);
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const { bases, kind } = this.#section;
    const header = this.#kept.header ? this.#keptHeader : new FrameHeader(this.#headerBytes);
    const found = header.find(pcLo, pcHi);
    if (found < 0) return false;
    const offset = header.fdeOffset(found, bases.section);
    const reader = this.#reader;
    const entry = this.#entry;
    readEntryHeader(reader, kind, offset, entry);
    const { content, end } = entry;
    const cie = this.#cie(entry.cieOffset);
    reader.window(content, end);
    const fde = this.#fde;
    readFde(reader, cie, bases, undefined, offset, fde);
    if (!fde.covers(pcLo, pcHi)) return false;
    const machine = this.#machine;
    if (cie.initial === undefined || !this.#kept.initialRules) cie.initial = machine.evaluateInitial(cie);
    machine.start(fde, cie, cie.initial);
    machine.runTo(pcLo, pcHi);
    machine.fill(row);
    return true;
  }

  #cie(offset: number): Cie {
    const known = this.#kept.cies ? this.#cies.get(offset) : undefined;
    if (known !== undefined) return known;
    const { kind, architecture, bases } = this.#section;
    const cie = readCie(this.#reader, kind, architecture, bases, offset);
    if (this.#kept.cies) this.#cies.set(offset, cie);
    return cie;
  }
}
