import { CfaKind, type Row, RuleKind } from '../../../engine/index.ts';

const columnCount = 17;

/** The rules in force for x86-64: CFA = register + offset, registers saved at offsets or with their value kept. */
export class PlainState {
  cfaColumn = 0;
  cfaOffset = 0;
  /** Bit set of the columns that have a rule. */
  live = 0;
  readonly kinds = new Uint8Array(columnCount);
  readonly offsets = new Int32Array(columnCount);

  clear(): void {
    this.cfaColumn = 0;
    this.cfaOffset = 0;
    this.live = 0;
  }

  save(column: number, offset: number): void {
    this.kinds[column] = RuleKind.offset;
    this.offsets[column] = offset;
    this.live |= 1 << column;
  }

  keep(column: number): void {
    this.kinds[column] = RuleKind.sameValue;
    this.live |= 1 << column;
  }

  /** Gives a column the rule it has in another state, or none. */
  copyRule(from: PlainState, column: number): void {
    this.kinds[column] = from.kinds[column]!;
    this.offsets[column] = from.offsets[column]!;
    this.live = (this.live & ~(1 << column)) | (from.live & (1 << column));
  }

  copyLive(from: PlainState): void {
    this.cfaColumn = from.cfaColumn;
    this.cfaOffset = from.cfaOffset;
    this.live = from.live;
    for (let rest = from.live; rest !== 0; rest &= rest - 1) {
      const column = 31 - Math.clz32(rest & -rest);
      this.kinds[column] = from.kinds[column]!;
      this.offsets[column] = from.offsets[column]!;
    }
  }

  copyWhole(from: PlainState): void {
    this.cfaColumn = from.cfaColumn;
    this.cfaOffset = from.cfaOffset;
    this.live = from.live;
    for (let column = 0; column < columnCount; column++) {
      this.kinds[column] = from.kinds[column]!;
      this.offsets[column] = from.offsets[column]!;
    }
  }

  fill(row: Row): void {
    row.cfaKind = CfaKind.registerOffset;
    row.cfaColumn = this.cfaColumn;
    row.cfaLo = this.cfaOffset;
    row.cfaHi = 0;
    let count = 0;
    for (let rest = this.live; rest !== 0; rest &= rest - 1) {
      const column = 31 - Math.clz32(rest & -rest);
      row.ruleColumn[count] = column;
      row.ruleKind[count] = this.kinds[column]!;
      row.ruleLo[count] = this.offsets[column]!;
      row.ruleHi[count] = this.offsets[column]! >> 31;
      count++;
    }
    row.ruleCount = count;
  }
}
