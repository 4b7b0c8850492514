import { expect } from 'vitest';
import { AddressSpace, type Architecture, LocationCursor, type Memory, RuleCache } from '../../../engine/index.ts';
import {
  column,
  type HandMadeFunction,
  type HandMadeRow,
  type HandMadeRule,
  handMadeModule,
  registerFile,
} from '../hand-made.ts';

export const saved = (offset: bigint): HandMadeRule => ({ kind: 'offset', offset });

/** Sees one register of a cursor's frame: where it is saved and its value. */
function seeing(cursor: LocationCursor, architecture: Architecture) {
  const out = new Uint32Array(6).fill(0xa5a5a5a5);
  const read = (found: boolean) => {
    const pair = (BigInt(out[3]!) << 32n) | BigInt(out[2]!);
    expect([...out.subarray(0, 2), ...out.subarray(4)]).toEqual(Array.from({ length: 4 }, () => 0xa5a5a5a5));
    return found ? pair : undefined;
  };
  return {
    value: (name: string) => read(cursor.value(column(architecture, name), out, 2)),
    address: (name: string) => read(cursor.address(column(architecture, name), out, 2)),
  };
}

/** A cursor over functions of 16 bytes from 0x1000 on, one for each row, at 0x1004; and what it says of registers. */
export function opened(
  architecture: Architecture,
  rows: readonly HandMadeRow[],
  memory: Memory,
  given: Readonly<Record<string, bigint>>,
  mask: readonly [number, number] = [0, 0],
) {
  const functions = rows.map((row, i): HandMadeFunction => {
    const start = 0x1000n + 16n * BigInt(i);
    return { start, end: start + 16n, row };
  });
  const space = new AddressSpace(architecture, [handMadeModule(architecture, functions).module]);
  const cursor = new LocationCursor(space, { cache: new RuleCache(architecture) });
  const pc = architecture.columnNames[architecture.pc]!;
  cursor.start(memory, registerFile(architecture, { [pc]: 0x1004n, ...given }), ...mask);
  return { cursor, ...seeing(cursor, architecture) };
}
