import type { Random } from '../../random.ts';
import type { Machine } from '../rules/machine.ts';
import { type BodyWriter, bodyOf, dynamicLink, dynamicScenario } from './dynamic-scenario.ts';

/** Bits of a size in bytes: a multiple of 16 below 512. */
const sizeBits = 0x1f0;

/** Moves SP down by a number only execution knows, and uses the place. */
function allocate({ writer, machine }: BodyWriter, random: Random): void {
  const [size, source, pointer] = random.shuffle(machine.scratch);
  writer.items.push(...machine.mask(size!, source!, sizeBits), machine.lower(size!));
  // The size may be 0, and the place is written to.
  writer.items.push(machine.add(machine.sp, machine.sp, -16));
  use(writer.items, machine, pointer!, random);
}

/** Keeps a pointer to the place that begins at SP, and now and then writes there. */
function use(items: BodyWriter['writer']['items'], machine: Machine, pointer: number, random: Random): void {
  items.push(machine.move(pointer, machine.sp));
  if (random.chance(0.5)) items.push(machine.store(pointer, 0, random.pick(machine.scratch)));
}

/** `alloca` with sizes the compiler knows, in functions that need a frame pointer all the same. */
export const allocaConstant = dynamicScenario({
  name: 'alloca-constant',
  description: 'alloca of constant sizes behind the prologue; the CFA is based on the frame pointer',
  about:
    'The body of each function moves SP down by constants after the frame is complete, and the call frame information ' +
    'does not mention it, because the CFA is based on the frame pointer. An unwinder must take the CFA from that ' +
    'register and never from SP plus what the prologue allocated. The frame pointer is itself restored from the ' +
    'frame, so a walk that loses it goes wrong at the next frame, not at this one.',
  source: 'DWARF 5, section 6.4.1; GCC and LLVM, functions that call alloca',
  group: (random, architecture) => [
    dynamicLink(random, architecture, ({ writer, machine }, next, own) => {
      for (let left = own.between(1, 3); left > 0; left--) {
        writer.items.push(machine.add(machine.sp, machine.sp, -16 * own.between(1, 40)));
        use(writer.items, machine, own.pick(machine.scratch), own);
        writer.work(own.below(2));
      }
      bodyOf(writer, next, own);
    }),
  ],
});

/** `alloca` with sizes that are known at run time only. */
export const allocaSize = dynamicScenario({
  name: 'alloca-size',
  description: 'one or more alloca of sizes known at run time only, before and after a call',
  about:
    'SP is lowered by the value of a register, once or several times, and functions are called in between. No row could ' +
    'say where SP is: only the frame pointer leads to the CFA. Heuristics that scan the code for SP adjustments, and ' +
    'unwinders that prefer SP in frames of functions they think to know, miss the return address.',
  source: 'DWARF 5, section 6.4.1; GCC and LLVM, functions that call alloca',
  group: (random, architecture) => [
    dynamicLink(random, architecture, (body, next, own) => {
      for (let left = own.between(1, 3); left > 0; left--) allocate(body, own);
      bodyOf(body.writer, next, own);
      if (own.chance(0.5)) allocate(body, own);
      body.writer.work(own.below(3));
    }),
  ],
});

/** `alloca` in a loop: the same instruction executes with many distances between SP and the CFA. */
export const allocaLoop = dynamicScenario({
  name: 'alloca-loop',
  description: 'alloca in a loop: the same PCs execute with ever larger frames',
  about:
    'A loop allocates in each of its rounds, so that the same PC is reached with SP at several distances from the CFA. ' +
    'A cache that keeps, for a PC, the size of a frame instead of the rule answers the second round with the numbers ' +
    'of the first. The loop also runs through a callee, whose caller is then seen with different frame sizes.',
  source: 'DWARF 5, section 6.4.1; GCC and LLVM, functions that call alloca',
  group: (random, architecture) => [
    dynamicLink(random, architecture, ({ writer, machine }, next, own, name) => {
      const [count, size, source, pointer] = own.shuffle(machine.scratch);
      const calls = next !== undefined && own.chance(0.5);
      const loop = `${name}.loop`;
      writer.items.push(...machine.constant(count!, BigInt(calls ? 2 : own.between(2, 5))));
      writer.label(loop);
      writer.items.push(...machine.mask(size!, source!, sizeBits), machine.lower(size!));
      if (calls) {
        // The counter waits in the place just allocated.
        writer.items.push(machine.add(machine.sp, machine.sp, -16), machine.store(machine.sp, 0, count!));
        writer.call(next);
        writer.items.push(machine.load(count!, machine.sp, 0));
      } else {
        writer.items.push(machine.move(pointer!, machine.sp), machine.store(pointer!, -16, source!));
        writer.items.push(machine.add(machine.sp, machine.sp, -16));
      }
      writer.items.push(...machine.countDown(count!, loop));
      bodyOf(writer, calls ? undefined : next, own);
    }),
  ],
});
