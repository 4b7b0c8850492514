import type { Architecture } from '../../engine/architecture/index.ts';
import type { Bytes, SymbolicMemory } from './memory.ts';
import { constant, known, plus, type Value, withBits } from './value.ts';

/** Where the kernel saves what in a signal frame (uapi/asm/sigcontext.h), and what it gives the handler. */
interface SignalLayout {
  /** Columns and their offsets in the frame. */
  readonly saved: readonly (readonly [column: number, offset: number])[];
  /** Columns that are the kernel's at a handler's first instruction. */
  readonly given: readonly number[];
}

const sigcontextOrder = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16];

const layouts: Readonly<Record<Architecture['name'], SignalLayout>> = {
  'x86-64': {
    saved: sigcontextOrder.map((column, i) => [column, 8 + 40 + 8 * i] as const),
    given: [0, 1, 4, 5, 7, 16],
  },
  aarch64: {
    saved: [
      ...Array.from({ length: 33 }, (_, column) => [column, 128 + 176 + 8 + 8 * column] as const),
      ...Array.from({ length: 8 }, (_, d) => [34 + d, 128 + 176 + 288 + 16 + 16 * (8 + d)] as const),
    ],
    given: [0, 1, 2, 29, 30, 31, 32],
  },
};

/**
 * The kernel saves `registers` in the signal frame at an address and makes them those of the handler, whose bits are
 * `after`; `trampoline` are the bits of the registers the handler returns with.
 */
export function deliverSignal(
  architecture: Architecture,
  memory: SymbolicMemory,
  registers: Value[],
  frame: bigint,
  after: Uint32Array,
  trampoline: Uint32Array,
): void {
  const { saved, given } = layouts[architecture.name];
  const { pc, fp, link, sp } = architecture;
  const base = constant(frame);
  const put = (address: Value, value: Value) => memory.write(address.lo, address.hi, value);
  for (const [column, offset] of saved) put(plus(base, offset), registers[column]!);
  const [record, linkValue] = link < 0 ? [] : [registers[fp]!, registers[link]!];
  for (const column of given) {
    registers[column] = { symbol: known, lo: after[2 * column]!, hi: after[2 * column + 1]! };
  }
  const resume = { symbol: known, lo: trampoline[2 * pc]!, hi: trampoline[2 * pc + 1]! };
  if (link < 0) put(registers[sp]!, resume);
  else {
    put(registers[fp]!, record!);
    put(plus(registers[fp]!, 8), linkValue!);
  }
}

/** What sigreturn would load from a signal frame, by column. */
export function interruptedRegisters(
  architecture: Architecture,
  memory: SymbolicMemory,
  bytes: Bytes,
  frame: bigint,
): (Value | undefined)[] {
  const registers: (Value | undefined)[] = [];
  const base = withBits(known, frame);
  for (const [column, offset] of layouts[architecture.name].saved) {
    const { lo, hi } = plus(base, offset);
    registers[column] = memory.read(lo, hi, bytes, true);
  }
  return registers;
}
