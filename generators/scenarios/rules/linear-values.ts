import { type CfiDirective, cfi, type DwarfOperation, dwarf, expression } from '../../cfi/index.ts';

/** What a register held, as a sum of multiples of what registers hold now. */
interface Sum {
  readonly factors: Map<number, bigint>;
  constant: bigint;
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Follows registers that are added to one another, modulo 2^64, and says how to get their values back. */
export class LinearValues {
  readonly #sums: ReadonlyMap<number, Sum>;
  readonly #stated = new Map<number, string>();

  constructor(registers: readonly number[]) {
    this.#sums = new Map(registers.map((register) => [register, { factors: new Map([[register, 1n]]), constant: 0n }]));
  }

  /** `to = to + times * from` was executed; the two are different. */
  added(to: number, from: number, times: bigint): void {
    for (const { factors } of this.#sums.values()) {
      const factor = factors.get(to) ?? 0n;
      factors.set(from, wrap((factors.get(from) ?? 0n) - times * factor));
    }
  }

  /** `register = register + value` was executed. */
  addedConstant(register: number, value: bigint): void {
    for (const sum of this.#sums.values())
      sum.constant = wrap(sum.constant - (sum.factors.get(register) ?? 0n) * value);
  }

  /** Directives for the rules that are no longer what was said last. */
  changes(): CfiDirective[] {
    const directives: CfiDirective[] = [];
    for (const [register, sum] of this.#sums) {
      const terms = [...sum.factors].filter(([, factor]) => factor !== 0n).sort(([a], [b]) => a - b);
      const text = `${terms.join(' ')} ${sum.constant}`;
      if (text === (this.#stated.get(register) ?? `${register},1 0`)) continue;
      this.#stated.set(register, text);
      const isOwn = text === `${register},1 0`;
      directives.push(
        isOwn ? cfi.restore(register) : cfi.valExpression(register, expression(...operations(terms, sum))),
      );
    }
    return directives;
  }
}

function operations(terms: readonly (readonly [number, bigint])[], { constant }: Sum): DwarfOperation[] {
  const result: DwarfOperation[] = [dwarf.consts(BigInt.asIntN(64, constant))];
  for (const [register, factor] of terms) {
    result.push(dwarf.breg(register, 0));
    if (factor !== 1n) result.push(dwarf.consts(BigInt.asIntN(64, factor)), dwarf.mul());
    result.push(dwarf.plus());
  }
  return result;
}
