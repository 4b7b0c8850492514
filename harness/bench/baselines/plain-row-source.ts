import type { Row, RowSource, SectionBytes } from '../../../engine/index.ts';
import { PlainCie, PlainMachine, readU32 } from './plain-machine.ts';
import { PlainState } from './plain-state.ts';
import type { Switches } from './switches.ts';

/** `DW_EH_PE_pcrel | DW_EH_PE_sdata4`, `DW_EH_PE_udata4`, `DW_EH_PE_datarel | DW_EH_PE_sdata4` */
const expectedEncodings = [0x1b, 0x03, 0x3b] as const;
const fdePointerEncoding = 0x1b;
const pointerSizes: Readonly<Record<number, number>> = { 0: 8, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8 };

/** The content of `.eh_frame_hdr` that a lookup needs: offsets from the first byte of the header. */
interface ParsedHeader {
  count: number;
  table: number;
  /** Of `.eh_frame`. */
  frame: number;
}

/**
 * Rows from `.eh_frame_hdr` and `.eh_frame` as x86-64 compilers write them: a small decoder on typed arrays, well
 * written, of which each economy can be switched off. It is the fixed point the engine is measured against, shares
 * nothing with it, and knows no encoding or opcode beyond the usual ones.
 */
export class PlainRowSource implements RowSource {
  readonly #switches: Switches;
  readonly #header: Uint8Array;
  readonly #headerWords: DataView;
  readonly #headerLo: number;
  readonly #headerHi: number;
  readonly #frames: Uint8Array;
  readonly #parsed: ParsedHeader = { count: 0, table: 0, frame: 0 };
  /** Address of `.eh_frame` minus that of the header. */
  readonly #framesDistance: number;
  readonly #machine: PlainMachine;
  readonly #state = new PlainState();
  readonly #initial = new PlainState();
  readonly #cies = new Map<number, PlainCie>();
  readonly #cie = new PlainCie();
  /** Of the FDE that was read last, from the start of the header: its first address and the one behind it. */
  #start = 0;
  #end = 0;
  #content = 0;
  #entryEnd = 0;
  #cieOffset = 0;

  constructor(header: SectionBytes, frames: SectionBytes, switches: Switches) {
    this.#switches = switches;
    this.#header = header.bytes;
    this.#headerWords = new DataView(header.bytes.buffer, header.bytes.byteOffset, header.bytes.byteLength);
    this.#headerLo = Number(header.address & 0xffffffffn);
    this.#headerHi = Number((header.address >> 32n) & 0xffffffffn);
    this.#frames = frames.bytes;
    this.#framesDistance = Number(frames.address - header.address);
    this.#machine = new PlainMachine(frames.bytes, switches.liveColumnsOnly);
    this.#parseHeader();
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const differenceLo = pcLo - this.#headerLo;
    const distance = differenceLo | 0;
    if (((pcHi - this.#headerHi - (differenceLo < 0 ? 1 : 0)) | 0) !== distance >> 31) return false;
    const switches = this.#switches;
    if (!switches.headerKept) this.#parseHeader();
    if (!(switches.searched ? this.#search(distance) : this.#scan(distance))) return false;

    const cie = this.#cieAt(this.#cieOffset);
    const initial = cie.initial ?? this.#evaluateInitial(cie);
    let position = this.#content;
    if (cie.augmentationData) {
      const length = this.#frames[position]!;
      position += 1 + length;
    }
    let end = this.#entryEnd;
    if (switches.paddingSkipped) while (end > position && this.#frames[end - 1] === 0) end--;
    const state = this.#state;
    const machine = this.#machine;
    machine.copy(initial, state);
    const from = machine.run(position, end, distance - this.#start, cie, state, initial);
    state.fill(row);
    const start = this.#headerLo + this.#start + from;
    row.startLo = start >>> 0;
    row.startHi = this.#headerHi + (start > 0xffffffff ? 1 : start < 0 ? -1 : 0);
    row.returnColumn = 16;
    row.bytes = this.#frames;
    row.section = '.eh_frame';
    row.signalFrame = false;
    return true;
  }

  #parseHeader(): void {
    const header = this.#header;
    for (let i = 0; i < expectedEncodings.length; i++) {
      if (header[i + 1] !== expectedEncodings[i]) throw new Error('typed-array baseline: encodings of .eh_frame_hdr');
    }
    this.#parsed.frame = (readU32(header, 4) | 0) + 4;
    this.#parsed.count = readU32(header, 8);
    this.#parsed.table = 12;
  }

  /** Reads the FDE the table has for an address; false where it does not cover it. */
  #search(distance: number): boolean {
    const view = this.#headerWords;
    const { count, table, frame } = this.#parsed;
    let from = 0;
    let to = count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getInt32(table + 8 * middle, true) <= distance) from = middle + 1;
      else to = middle;
    }
    if (from === 0) return false;
    this.#readFde(view.getInt32(table + 8 * (from - 1) + 4, true) - frame);
    return distance >= this.#start && distance < this.#end;
  }

  /** Reads FDEs from the start of the section until one covers the address. */
  #scan(distance: number): boolean {
    const frames = this.#frames;
    for (let offset = 0; offset < frames.length; ) {
      const length = readU32(frames, offset);
      if (length === 0) return false;
      if (readU32(frames, offset + 4) !== 0) {
        this.#readFde(offset);
        if (distance >= this.#start && distance < this.#end) return true;
      }
      offset += 4 + length;
    }
    return false;
  }

  #readFde(offset: number): void {
    const frames = this.#frames;
    this.#entryEnd = offset + 4 + readU32(frames, offset);
    this.#cieOffset = offset + 4 - readU32(frames, offset + 4);
    this.#start = (readU32(frames, offset + 8) | 0) + offset + 8 + this.#framesDistance;
    this.#end = this.#start + readU32(frames, offset + 12);
    this.#content = offset + 16;
  }

  #cieAt(offset: number): PlainCie {
    if (!this.#switches.ciesKept) {
      this.#cie.initial = undefined;
      return this.#parseCie(offset, this.#cie);
    }
    let cie = this.#cies.get(offset);
    if (cie === undefined) {
      cie = this.#parseCie(offset, new PlainCie());
      this.#cies.set(offset, cie);
    }
    return cie;
  }

  #evaluateInitial(cie: PlainCie): PlainState {
    const kept = this.#switches.initialRulesKept;
    const state = kept ? new PlainState() : this.#initial;
    state.clear();
    this.#machine.run(cie.instructionsStart, cie.instructionsEnd, 0, cie, state, state);
    if (kept) cie.initial = state;
    return state;
  }

  #parseCie(offset: number, cie: PlainCie): PlainCie {
    const frames = this.#frames;
    const end = offset + 4 + readU32(frames, offset);
    const augmentation = offset + 9;
    let position = augmentation;
    while (frames[position] !== 0) position++;
    position++;
    // Alignment factors and the return-address register take a byte each in what compilers write.
    cie.codeAlignment = frames[position]!;
    cie.dataAlignment = (frames[position + 1]! << 25) >> 25;
    position += 3;
    cie.augmentationData = frames[augmentation] === 0x7a;
    let fdeEncoding = 0;
    if (cie.augmentationData) {
      let data = position + 1;
      position = data + frames[position]!;
      for (let letter = augmentation + 1; frames[letter] !== 0; letter++) {
        const encoding = frames[data++]!;
        if (frames[letter] === 0x52) fdeEncoding = encoding;
        else if (frames[letter] === 0x50) data += pointerSizes[encoding & 0x0f]!;
      }
    }
    if (fdeEncoding !== fdePointerEncoding) throw new Error('typed-array baseline: encoding of addresses in FDEs');
    cie.instructionsStart = position;
    cie.instructionsEnd = end;
    return cie;
  }
}
