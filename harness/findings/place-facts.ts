import type { Architecture, Row } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';
import { mergeRow, mergeWhereabouts, type PlaceEvidence, type Whereabouts } from './evidence.ts';
import type { FrameWords } from './frame-words.ts';

/** A CFA is not counted from registers that are further away from it. */
const furthest = 2 ** 31;

/** Collects what holds at every stop at one instruction: each stop leaves of the candidates those that fit it. */
export class PlaceFacts {
  readonly #architecture: Architecture;
  readonly #offset: number;
  readonly #returnColumn: number;
  /** Slots to look at wherever they are, bytes from the CFA. */
  readonly slots: readonly number[];
  /** The file's row, where it must be evaluated at each stop. */
  readonly row: Row | undefined;
  #stops = 0;
  #behind: PlaceEvidence['behind'] = 'caller';
  #cfa: Map<number, number> | undefined;
  #cfaFrameSlots: number[] | undefined;
  readonly #saved = new Map<number, Whereabouts>();
  #signed: PlaceEvidence['signed'] = 'unknown';
  #byRow: PlaceEvidence['row'];

  constructor(
    architecture: Architecture,
    offset: number,
    returnColumn: number,
    slots: readonly number[],
    row: Row | undefined,
  ) {
    this.#architecture = architecture;
    this.#offset = offset;
    this.#returnColumn = returnColumn;
    this.slots = slots;
    this.row = row;
  }

  add(stop: Stop, words: FrameWords, byRow: PlaceEvidence['row']): void {
    const { callers } = stop;
    const behind = callers === null ? 'nobody' : 'caller';
    this.#behind = this.#stops === 0 || this.#behind === behind ? behind : 'varies';
    this.#stops++;
    if (callers === null) return;
    this.#addCfa(stop, words);
    for (const column of this.#architecture.calleeSaved) {
      if (callers.compared[column] !== 1) continue;
      const lo = callers.registers[2 * column]!;
      const hi = callers.registers[2 * column + 1]!;
      this.#addSaved(column, stop, words, (a, b) => a === lo && b === hi);
    }
    this.#addReturnAddress(stop, words);
    if (byRow !== undefined) this.#byRow = this.#byRow === undefined ? byRow : mergeRow(this.#byRow, byRow);
  }

  get evidence(): PlaceEvidence {
    return {
      offset: this.#offset,
      stops: this.#stops,
      behind: this.#behind,
      cfa: [...(this.#cfa ?? [])],
      cfaFrameSlots: this.#cfaFrameSlots ?? [],
      saved: Object.fromEntries(this.#saved),
      signed: this.#signed,
      ...(this.#byRow !== undefined && { row: this.#byRow }),
    };
  }

  #addCfa({ registers, callers }: Stop, words: FrameWords): void {
    const { general, sp } = this.#architecture;
    const lo = callers!.registers[2 * sp]!;
    const hi = callers!.registers[2 * sp + 1]!;
    const found = new Map<number, number>();
    for (const column of general) {
      const distance = (hi - registers[2 * column + 1]!) * 2 ** 32 + (lo - registers[2 * column]!);
      if (Math.abs(distance) >= furthest) continue;
      if (this.#cfa === undefined || this.#cfa.get(column) === distance) found.set(column, distance);
    }
    this.#cfa = found;
    const { frameOffsets, frameLos, frameHis } = words;
    const slots = frameOffsets.filter((_, i) => frameLos[i] === lo && frameHis[i] === hi);
    this.#cfaFrameSlots = this.#cfaFrameSlots?.filter((slot) => slots.includes(slot)) ?? slots;
  }

  #addSaved(column: number, stop: Stop, words: FrameWords, is: (lo: number, hi: number) => boolean): void {
    const before = this.#saved.get(column);
    const { registers } = stop;
    const { general } = this.#architecture;
    const own = general.includes(column) ? general : [...general, column];
    const where = {
      registers: own.filter((one) => one !== this.#architecture.sp && is(registers[2 * one]!, registers[2 * one + 1]!)),
      slots: words.offsets.filter((_, i) => is(words.los[i]!, words.his[i]!)),
      frameSlots: words.frameOffsets.filter((_, i) => is(words.frameLos[i]!, words.frameHis[i]!)),
    };
    this.#saved.set(column, before === undefined ? where : mergeWhereabouts(before, where));
  }

  #addReturnAddress(stop: Stop, words: FrameWords): void {
    const { pc, signState } = this.#architecture;
    const lo = stop.callers!.registers[2 * pc]!;
    const hi = stop.callers!.registers[2 * pc + 1]!;
    const { pacMaskLo, pacMaskHi } = stop;
    let plain = false;
    let coded = false;
    this.#addSaved(this.#returnColumn, stop, words, (a, b) => {
      if (a === lo && b === hi) {
        plain = true;
        return true;
      }
      if (signState < 0 || ((a ^ lo) & ~pacMaskLo) !== 0 || ((b ^ hi) & ~pacMaskHi) !== 0) return false;
      coded = true;
      return true;
    });
    if (coded) this.#signed = 'yes';
    else if (plain && this.#signed === 'unknown') this.#signed = 'no';
  }
}
