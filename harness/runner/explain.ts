import type { Module } from '../../engine/index.ts';
import { type Architecture, Row, UnwindError } from '../../engine/index.ts';
import { disassemble } from '../disassembly/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { Explanation } from '../record/index.ts';
import type { TrueFrame } from '../truth/frame.ts';
import type { Failure } from './failure-groups.ts';
import type { RowBook } from './row-book.ts';

/** Instructions shown before and after the one in question. */
const before = 6;
const after = 4;
/** Frames shown inwards of the one that diverges. */
const framesBefore = 2;

/** Makes what a reader needs to see why an answer is wrong. */
export class Explainer {
  readonly #image: LoadedImage;
  readonly #architecture: Architecture;
  readonly #modules: readonly Module[];
  readonly #rows: RowBook;

  constructor(image: LoadedImage, modules: readonly Module[], rows: RowBook) {
    this.#image = image;
    this.#architecture = image.architecture;
    this.#modules = modules;
    this.#rows = rows;
  }

  /** `from`: the frame of the truth from which the step went wrong; undefined for the stop's own. */
  explain(failure: Failure, from: TrueFrame | undefined): Explanation {
    const { stop, frames } = failure;
    const { pc } = this.#architecture;
    const resumes = from !== undefined && (from.kind === 'caller' || from.kind === 'sentinel');
    const address = value(from === undefined ? stop.registers : from.registers, pc) - (resumes ? 1n : 0n);
    return {
      expectedEnding: stop.ending,
      actualEnding: frames.error === undefined ? frames.ending : `${frames.ending}: ${frames.error.message}`,
      code: this.#code(address),
      frames: this.#frames(failure),
    };
  }

  /** The instructions around the one that contains an address, each with its row. */
  #code(address: bigint): Explanation['code'] {
    const segment = this.#image.segments.find(
      (candidate) =>
        candidate.executable &&
        address >= candidate.address &&
        address < candidate.address + BigInt(candidate.bytes.length),
    );
    if (segment === undefined) return [];
    const start = this.#functionStart(address) ?? address;
    if (start < segment.address) return [];
    const end = Number(address - segment.address) + 16 * (after + 1);
    const bytes = segment.bytes.subarray(Number(start - segment.address), end);
    const instructions = disassemble(this.#architecture.name, bytes, start);
    const here = instructions.findIndex((one) => address >= one.address && address < one.address + BigInt(one.size));
    return instructions.slice(Math.max(0, here - before), here + after + 1).map((one) => ({
      address: hex(one.address),
      text: one.operands === '' ? one.mnemonic : `${one.mnemonic} ${one.operands}`,
      row: this.#rows.text(
        this.#rows.numberAt(Number(one.address & 0xffffffffn), Number((one.address >> 32n) & 0xffffffffn)),
      ),
      here: one === instructions[here],
    }));
  }

  #functionStart(address: bigint): bigint | undefined {
    const row = new Row(this.#architecture.columnCount);
    const lo = Number(address & 0xffffffffn);
    const hi = Number(address >> 32n);
    for (const module of this.#modules) {
      try {
        if (module.contains(lo, hi) && module.source.lookup(lo, hi, row)) {
          return (BigInt(row.functionHi) << 32n) | BigInt(row.functionLo);
        }
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
      }
    }
    return undefined;
  }

  /** The frame that diverges and those inwards of it, truth beside answer. */
  #frames({ stop, frames, divergence }: Failure): Explanation['frames'] {
    const last = divergence?.frame ?? 1;
    const rows: Explanation['frames'][number][] = [];
    let truth: TrueFrame | null = stop.callers;
    for (let frame = 1; frame <= last; frame++, truth = truth === null ? null : truth.behind) {
      if (frame < last - framesBefore) continue;
      const expected: Record<string, string> = {};
      const actual: Record<string, string> = {};
      const { pc, sp, columnNames, columnCount } = this.#architecture;
      for (let column = 0; column < columnCount; column++) {
        const known = frames.value(frame, column);
        const right = truth !== null && truth.compared[column] === 1 ? value(truth.registers, column) : undefined;
        const always = column === pc || column === sp;
        if (!always && (right === undefined || right === known)) continue;
        if (right !== undefined) expected[columnNames[column]!] = hex(right);
        if (known !== undefined) actual[columnNames[column]!] = hex(known);
      }
      rows.push({ frame, kind: truth?.kind ?? 'none', expected, actual });
    }
    return rows;
  }
}

function value(registers: Uint32Array, column: number): bigint {
  return (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!);
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}
