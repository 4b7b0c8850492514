import type { Module } from '../../engine/index.ts';
import { type Architecture, Row, UnwindError } from '../../engine/index.ts';
import { disassemble } from '../disassembly/index.ts';
import { FunctionSymbols, type LoadedImage } from '../loader/index.ts';
import type { Explanation } from '../record/index.ts';
import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { expectedEnding } from './divergence-text.ts';
import { type Failure, lookupAddress } from './failure-groups.ts';
import type { RowBook } from './row-book.ts';

/** Instructions shown before and after the one in question. */
const before = 6;
const after = 4;
/** Frames shown inwards of the one that diverges. */
const framesBefore = 2;

/** Makes what a reader needs to see why an answer is wrong. */
export class Explainer {
  #image: LoadedImage;
  readonly #architecture: Architecture;
  #modules: readonly Module[];
  readonly #rows: RowBook;
  /** Made for the first failure: most programs have none. */
  #symbols: FunctionSymbols | undefined;

  constructor(image: LoadedImage, modules: readonly Module[], rows: RowBook) {
    this.#image = image;
    this.#architecture = image.architecture;
    this.#modules = modules;
    this.#rows = rows;
  }

  /** From now on, the program consists of these. */
  use(image: LoadedImage, modules: readonly Module[]): void {
    this.#image = image;
    this.#modules = modules;
    this.#symbols = undefined;
  }

  /** `from`: the frame of the truth from which the step went wrong; undefined for the stop's own. */
  explain(failure: Failure, from: TrueFrame | undefined): Explanation {
    const { stop, frames } = failure;
    const pc = value(from === undefined ? stop.registers : from.registers, this.#architecture.pc);
    const address = lookupAddress(stop, from);
    const { code, start, name } = this.listing(address);
    return {
      place: {
        frame: numberOf(stop, from),
        kind: from?.kind ?? 'stop',
        pc: hex(pc),
        lookup: hex(address),
        function: { name, start: hex(start) },
      },
      expectedEnding: expectedEnding(stop),
      actualEnding: frames.error === undefined ? frames.ending : `${frames.ending}: ${frames.error.message}`,
      code,
      frames: this.#frames(failure),
    };
  }

  /**
   * The instructions around the one that contains an address, each with its row, none of another function; with the
   * function's name (empty where no symbol covers it) and first address.
   */
  listing(address: bigint): { readonly code: Explanation['code']; readonly start: bigint; readonly name: string } {
    this.#symbols ??= new FunctionSymbols(this.#image);
    const symbol = this.#symbols.at(address);
    const covered = this.coveredFrom(address);
    const start = symbol?.address ?? covered ?? address;
    const symbolEnd = symbol === undefined || symbol.size === 0n ? undefined : symbol.address + symbol.size;
    const isInside = (one: bigint): boolean =>
      one >= start && (symbolEnd === undefined || one < symbolEnd) && this.coveredFrom(one) === covered;
    return { code: this.#code(address, covered ?? start, isInside), start, name: symbol?.name ?? '' };
  }

  /** `from`: where an instruction is known to start. */
  #code(address: bigint, from: bigint, isInside: (address: bigint) => boolean): Explanation['code'] {
    const segment = this.#image.segments.find(
      (candidate) =>
        candidate.executable &&
        address >= candidate.address &&
        address < candidate.address + BigInt(candidate.bytes.length),
    );
    if (segment === undefined || from < segment.address) return [];
    const end = Number(address - segment.address) + 16 * (after + 1);
    const bytes = segment.bytes.subarray(Number(from - segment.address), end);
    const instructions = disassemble(this.#architecture.name, bytes, from);
    const here = instructions.findIndex((one) => address >= one.address && address < one.address + BigInt(one.size));
    if (here < 0) return [];
    const shown = instructions.slice(Math.max(0, here - before), here + after + 1);
    return shown
      .filter((one) => isInside(one.address))
      .map((one) => ({
        address: hex(one.address),
        text: one.operands === '' ? one.mnemonic : `${one.mnemonic} ${one.operands}`,
        row: this.#rows.text(this.#rows.numberAt(...halves(one.address))),
        here: one === instructions[here],
      }));
  }

  /** First address of what an FDE covers around an address; undefined where none does. */
  coveredFrom(address: bigint): bigint | undefined {
    const row = new Row(this.#architecture.columnCount);
    const [lo, hi] = halves(address);
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
    let behind = stop.callers;
    for (let frame = 1; frame <= last; frame++, behind = behind === null ? null : behind.behind) {
      if (frame < last - framesBefore) continue;
      const truth = frame > stop.depth ? null : behind;
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

/** Frames are numbered from the stop's own, 0, outwards. */
function numberOf(stop: Stop, from: TrueFrame | undefined): number {
  if (from === undefined) return 0;
  let number = 1;
  for (let frame = stop.callers; frame !== null && frame !== from; frame = frame.behind) number++;
  return number;
}

function halves(address: bigint): [lo: number, hi: number] {
  return [Number(address & 0xffffffffn), Number((address >> 32n) & 0xffffffffn)];
}

function value(registers: Uint32Array, column: number): bigint {
  return (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!);
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}
