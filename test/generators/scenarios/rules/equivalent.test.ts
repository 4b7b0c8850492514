import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../../engine/architecture/index.ts';
import { CurrentFrame } from '../../../../engine/current-frame.ts';
import { ExpressionEvaluator } from '../../../../engine/dwarf/expression.ts';
import { Memory } from '../../../../engine/memory.ts';
import { type DwarfOperation, dwarf, expression } from '../../../../generators/cfi/index.ts';
import { Random } from '../../../../generators/random.ts';
import { disguised, plus, registerPlus } from '../../../../generators/scenarios/rules/equivalent.ts';

const rbx = 3;
const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const offset = fc.integer({ min: -0x12345678, max: 0x12345678 });
const seed = fc.string();

/** The expression's result in a frame with this rbx. */
function evaluate(operations: readonly DwarfOperation[], register: bigint): bigint {
  const registers = new Uint32Array(2 * x86_64.columnCount);
  registers[2 * rbx] = Number(register & 0xffffffffn);
  registers[2 * rbx + 1] = Number(register >> 32n);
  const frame = new CurrentFrame(registers, new Uint8Array(x86_64.columnCount).fill(1), new Memory([]));
  const evaluator = new ExpressionEvaluator(x86_64);
  const bytes = expression(...operations);
  evaluator.evaluate(frame, bytes, 'test', 0, bytes.length, undefined);
  return (BigInt(evaluator.result[1]!) << 32n) | BigInt(evaluator.result[0]!);
}

describe('roundabout expressions', () => {
  it('registerPlus() gives register + offset, however it says it', () => {
    fc.assert(
      fc.property(seed, value, offset, (name, register, distance) => {
        const result = evaluate(registerPlus(new Random(name), rbx, distance), register);
        expect(result).toBe(BigInt.asUintN(64, register + BigInt(distance)));
      }),
      { numRuns: 500 },
    );
  });

  it('plus() adds to what is on the stack', () => {
    fc.assert(
      fc.property(seed, value, offset, (name, register, distance) => {
        const result = evaluate([dwarf.breg(rbx, 0), ...plus(new Random(name), distance)], register);
        expect(result).toBe(BigInt.asUintN(64, register + BigInt(distance)));
      }),
    );
  });

  it('disguised() leaves the top of the stack as it is', () => {
    fc.assert(
      fc.property(seed, value, (name, register) => {
        expect(evaluate(disguised(new Random(name), [dwarf.breg(rbx, 0)]), register)).toBe(register);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same in more than one way', () => {
    const forms = new Set(
      Array.from({ length: 100 }, (_, i) => expression(...registerPlus(new Random(`${i}`), rbx, 24)).toString()),
    );
    expect(forms.size).toBeGreaterThan(50);
  });
});
