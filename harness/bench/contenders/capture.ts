import { AddressSpace, captureAddresses, type Module, RuleCache, StackCursor, Step } from '../../../engine/index.ts';
import type { BenchModule, BenchStack, Contender } from '../bench-stack.ts';
import type { Timed } from '../measure/interleave.ts';
import { openModule } from './modules.ts';

/** Entries of the buffer that stacks are captured into. */
export const captureSize = 32;

/** The whole stack, captured into a buffer of addresses. */
export const cachedAddresses: Contender = {
  name: 'cached-addresses',
  description: 'the whole stack captured into a buffer of addresses, with the rule cache',
  finds: 'addresses',
  open(stack) {
    const cursor = cachedCursor(stack);
    const out = new Uint32Array(2 * (stack.depth + 1));
    const capture = (): number => {
      cursor.start(stack.memory, stack.registers);
      return captureAddresses(cursor, out);
    };
    return {
      walk: capture,
      record(frames) {
        const { columnCount, pc } = stack.architecture;
        const count = capture();
        for (let i = 0; i < count; i++) {
          const index = frames.count++ * columnCount + pc;
          frames.values.set(out.subarray(2 * i, 2 * i + 2), 2 * index);
          frames.known[index] = 1;
        }
      },
    };
  },
};

/** A capture of the innermost 32 callers of a deep stack, checked once; a run counts as 32 frames. */
export function captureOfDeepStack(name: string, stack: BenchStack): Timed {
  const cursor = cachedCursor(stack);
  const out = new Uint32Array(2 * captureSize);
  const run = (): number => {
    cursor.start(stack.memory, stack.registers);
    return captureAddresses(cursor, out);
  };
  return checked({ name, run }, out, stack);
}

/** The same addresses by a walk of the whole stack, as if there were no limit; a run counts as 32 frames. */
export function captureWithoutLimit(
  name: string,
  stack: BenchStack,
  open: (module: BenchModule) => Module,
  cached: boolean,
): Timed {
  const space = new AddressSpace(stack.architecture, stack.modules.map(open));
  const cursor = new StackCursor(space, cached ? { cache: new RuleCache(stack.architecture) } : {});
  const out = new Uint32Array(2 * captureSize);
  const run = (): number => {
    cursor.start(stack.memory, stack.registers);
    let count = 0;
    while (cursor.step() === Step.caller) {
      if (count < captureSize) {
        out[2 * count] = cursor.pcLo;
        out[2 * count + 1] = cursor.pcHi;
        count++;
      }
    }
    return count;
  };
  return checked({ name, run }, out, stack);
}

/** A cursor over a stack's modules with an empty cache. */
export function cachedCursor({ architecture, modules }: BenchStack): StackCursor {
  const opened = modules.map((module) => openModule(module, 'header'));
  return new StackCursor(new AddressSpace(architecture, opened), { cache: new RuleCache(architecture) });
}

function checked(timed: Timed, out: Uint32Array, { truth, architecture }: BenchStack): Timed {
  const count = timed.run();
  for (let i = 0; i < captureSize; i++) {
    const found = (BigInt(out[2 * i + 1]!) << 32n) | BigInt(out[2 * i]!);
    if (i >= count || found !== truth.value(i + 1, architecture.pc)) {
      throw new Error(`${timed.name}: address ${i} is not the one that was built`);
    }
  }
  return timed;
}
