import type { Architecture } from './architecture/index.ts';
import { Row } from './row/row.ts';
import type { RowSource } from './row/source.ts';

/** Code in memory whose unwind information comes from one source. */
export class Module {
  readonly name: string;
  readonly architecture: Architecture;
  /** First address, and the first address behind it (low and high halves). */
  readonly startLo: number;
  readonly startHi: number;
  readonly endLo: number;
  readonly endHi: number;
  readonly source: RowSource;

  /** `start` and `end` are addresses in the unwound program, load bias included; `end` is exclusive. */
  constructor(name: string, architecture: Architecture, start: bigint, end: bigint, source: RowSource) {
    this.name = name;
    this.architecture = architecture;
    this.startLo = Number(start & 0xffffffffn);
    this.startHi = Number((start >> 32n) & 0xffffffffn);
    this.endLo = Number(end & 0xffffffffn);
    this.endHi = Number((end >> 32n) & 0xffffffffn);
    this.source = source;
  }

  /** The same code with another source. */
  withSource(source: RowSource): Module {
    const start = (BigInt(this.startHi) << 32n) | BigInt(this.startLo);
    const end = (BigInt(this.endHi) << 32n) | BigInt(this.endLo);
    return new Module(this.name, this.architecture, start, end, source);
  }

  /** Whether an address, as unsigned halves, lies in the module. */
  contains(lo: number, hi: number): boolean {
    const notBelow = hi > this.startHi || (hi === this.startHi && lo >= this.startLo);
    return notBelow && (hi < this.endHi || (hi === this.endHi && lo < this.endLo));
  }

  /**
   * The row that holds at an address, which is looked up as it is (an interrupted PC; a return address minus one), or
   * undefined where there is none. Throws `UnwindError` where the information at this address is unusable.
   */
  rowAt(pc: bigint): Row | undefined {
    const row = new Row(this.architecture.columnCount);
    const found = this.source.lookup(Number(pc & 0xffffffffn), Number((pc >> 32n) & 0xffffffffn), row);
    return found ? row : undefined;
  }
}
