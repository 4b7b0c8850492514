import { describe, expect, it } from 'vitest';
import { aarch64, CfaKind, Memory, MemoryWindow, Row, RuleKind } from '../../../engine/index.ts';
import { applyByHand, trueRegisters, type Value } from '../../../harness/exec/row-by-hand.ts';
import type { Stop } from '../../../harness/stop.ts';
import { writeColumn } from '../../../harness/truth/address.ts';

const { columnCount, link, pc, signState, sp } = aarch64;
const stack = 0x7000n;
const x19 = 19;

/** A stop whose x30 was saved at SP + 8 with this value. */
function stopWith(saved: bigint, mask: bigint): Stop {
  const bytes = new Uint8Array(0x10);
  new DataView(bytes.buffer).setBigUint64(8, saved, true);
  const registers = new Uint32Array(2 * columnCount);
  writeColumn(registers, sp, stack);
  writeColumn(registers, link, 0x99n);
  return {
    architecture: aarch64,
    index: 0,
    registers,
    memory: new Memory([new MemoryWindow(stack, bytes)]),
    callers: null,
    depth: 0,
    ending: 'no-info',
    pacMaskLo: Number(mask & 0xffff_ffffn),
    pacMaskHi: Number(mask >> 32n),
    transfer: false,
    deliveries: 0,
  };
}

/** CFA = SP + 16, x30 at CFA - 8, and more rules. */
function rowOf(state: number, ...rules: readonly (readonly [column: number, kind: number, value: number])[]): Row {
  const row = new Row(columnCount);
  row.cfaKind = CfaKind.registerOffset;
  row.cfaColumn = sp;
  row.cfaLo = 16;
  row.returnColumn = link;
  row.signState = state;
  const all = [[link, RuleKind.offset, -8], ...rules] as const;
  for (const [i, [column, kind, value]] of all.entries()) {
    row.ruleColumn[i] = column;
    row.ruleKind[i] = kind;
    row.ruleLo[i] = value >>> 0;
    row.ruleHi[i] = value < 0 ? 0xffffffff : 0;
  }
  row.ruleCount = all.length;
  return row;
}

function apply(row: Row, saved: bigint, mask = 0n): Value[] {
  const stop = stopWith(saved, mask);
  return applyByHand(row, trueRegisters(stop, undefined), stop);
}

describe('applyByHand()', () => {
  const mask = 0xff7f_0000_0000_0000n;

  it('gives the saved return address, and the CFA as SP', () => {
    const caller = apply(rowOf(0), 0x40_1234n);
    expect([caller[pc], caller[link], caller[sp]]).toEqual([0x40_1234n, 0x40_1234n, stack + 16n]);
  });

  it('fills the code of a signed return address with its bit 55', () => {
    expect(apply(rowOf(1), 0xab12_0000_0040_1234n, mask)[pc]).toBe(0x40_1234n);
    expect(apply(rowOf(1), 0x12ab_8000_0040_1234n, mask)[pc]).toBe(0xffff_8000_0040_1234n);
  });

  it('takes a return address that is not signed as it is', () => {
    expect(apply(rowOf(0), 0xab12_0000_0040_1234n, mask)[pc]).toBe(0xab12_0000_0040_1234n);
  });

  it('knows by a rule that it is signed', () => {
    const caller = apply(rowOf(0, [signState, RuleKind.valOffset, 1 - 0x7010]), 0xab12_0000_0040_1234n, mask);
    expect([caller[pc], caller[signState]]).toEqual([0x40_1234n, 0n]);
  });

  it('tells memory that cannot be read and registers that are lost', () => {
    expect(apply(rowOf(0, [x19, RuleKind.offset, 0]), 0n)[x19]).toBe('unreadable');
    expect(apply(rowOf(0, [x19, RuleKind.undefined, 0]), 0n)[x19]).toBe('undefined');
  });
});
