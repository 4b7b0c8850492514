import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { cfi } from '../../cfi/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chain, entryName, type Link } from '../chain.ts';
import { HandWriter } from '../rules/hand-writer.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';
import { handler, loadThroughNull, repairPointer } from './handlers.ts';
import { chained } from './places.ts';
import { enter, signalScenario } from './signal-scenario.ts';

const noreturnName = 'noreturn';
const startName = '_start';

/** A function that ends the program. */
function noreturn(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, { ...plainStyle, leaf: true }, random.derive(noreturnName));
  writer.work(1);
  writer.exit();
  return { name: noreturnName, items: writer.items };
}

/** Calls a function that does not return; behind the call is code that is reached without a frame. */
const callsNoreturn: NonNullable<Link['write']> = (writer, next, random, name) => {
  if (next === undefined) {
    // Reached with a full frame: a function like this one behind it begins where the call would return to.
    writer.prologue();
    writer.work(random.between(1, 2));
    writer.epilogue();
    writer.ret();
    return;
  }
  const early = `${name}.early`;
  writer.branchIf(0, early);
  const state = writer.state();
  const how = random.pick(['restoreState', 'redeclare'] as const);
  if (how === 'restoreState') writer.row.remember();
  writer.prologue();
  writer.overwrite();
  writer.work(random.below(2));
  writer.call(noreturnName);
  writer.resume(state, how);
  writer.label(early);
  writer.work(random.between(1, 2));
  writer.tailCall(next);
};

/** Signals at instructions that unwinders mistake for others. */
export const interruptionScenarios: readonly Scenario[] = [
  signalScenario({
    name: 'around-return',
    description: 'a signal at calls, at the addresses they return to, and at the returns themselves',
    about:
      'The address a call returns to is looked up in two ways: minus one while the callee runs, exactly when a signal ' +
      'arrives there after the return. Both happen here to the same addresses, and with a warm cache one after the other. ' +
      'A cache that is keyed by the PC alone answers the second lookup with the row of the first.',
    source: 'DWARF 5, section 6.4.4; real: libunwind PR #1059',
    programs: { full: 12, quick: 1 },
    functions(random, architecture) {
      const links = Array.from({ length: 4 }, (_, i) => ({
        style: ordinaryStyle(random.derive(i)),
        write: callsInFrame,
      }));
      return [...chain(architecture, random, links), handler(architecture, random)];
    },
    signals(places) {
      const instructions = places.matching(chained);
      const returned = [...places.linked.labels].filter(([label]) => label.endsWith('.returned')).map(([, at]) => at);
      const interesting = returned.flatMap((at) => {
        const i = instructions.indexOf(at);
        return [instructions[i - 1]!, at, instructions[i + 1]!];
      });
      const last = places.linked.functions.flatMap(({ name }) => (chained.test(name) ? [places.in(name).at(-1)!] : []));
      return [...new Set([...interesting, ...last])].map((at) => places.deliver(at));
    },
  }),
  signalScenario({
    name: 'after-noreturn-call',
    description: 'a signal at the first instruction behind a call that does not return',
    about:
      'A call of a function that never returns is the last instruction of its block; what follows is reached by a jump, ' +
      'from before the frame was made. The return address of the call and the interrupted PC are the same number with ' +
      'different rows: that of the call has a frame, that of the interrupted code has none. Only the exact lookup behind ' +
      'a signal frame, and the one minus one behind a call, are both right.',
    source: 'DWARF 5, section 6.4.4; real: libunwind PR #54, LLVM libunwind #92291',
    programs: { full: 16, quick: 1 },
    functions(random, architecture) {
      const links = Array.from({ length: 4 }, (_, i) => ({
        style: { ...ordinaryStyle(random.derive(i)), saved: random.between(2, 5) },
        ...(i === 0 ? {} : { write: callsNoreturn }),
      }));
      return [...chain(architecture, random, links, 1), noreturn(architecture, random), handler(architecture, random)];
    },
    runs(places, linked) {
      const early = [1, 2].map((i) => places.label(`function${i}.early`));
      const behind = early.flatMap((at) => {
        const instructions = places.matching(chained);
        return instructions.slice(instructions.indexOf(at), instructions.indexOf(at) + 2);
      });
      const signals = behind.map((at) => places.deliver(at));
      // Bit i is that of function i: the first run calls noreturn in function1, the second in function2, the last nowhere.
      return [0b0000n, 0b0010n, 0b0110n].map((selector) => enter(linked, signals, entryName, selector));
    },
  }),
  signalScenario({
    name: 'outermost',
    description: 'a signal at every instruction of _start, whose return address is undefined',
    about:
      'The outermost function is interrupted before its first call and after it: behind the signal frame stands a frame ' +
      'without a caller, and the walk must end there, as a root. Memory above it holds anything. An unwinder that takes ' +
      'the end of a stack from a zero return address, or does not evaluate an undefined rule behind a signal frame, goes on.',
    source: 'DWARF 5, section 6.4.4; real: libunwind #443, framehop #28',
    programs: { full: 24, quick: 1 },
    functions: (random, architecture) => [
      start(architecture, random.derive(startName)),
      ...chain(architecture, random, [{ style: ordinaryStyle(random) }]),
      handler(architecture, random),
    ],
    runs: (places) => [
      {
        entry: places.label(startName),
        start: 'jump',
        arguments: [0n],
        signals: places.in(startName, entryName).map((at) => places.deliver(at)),
      },
    ],
  }),
  signalScenario({
    name: 'red-zone',
    description: 'a signal in leaf functions that keep registers in the red zone',
    about:
      'Leaf functions may use 128 bytes below SP without moving it, and these save registers there. The kernel builds ' +
      'its frame below the red zone, so the saved values are still there while the handler runs. An unwinder that takes ' +
      'everything below the interrupted SP for dead, or has its own handler overwrite it, loses the registers.',
    source: 'x86-64 psABI, section 3.2.2, "The Stack Frame"',
    architectures: ['x86-64'],
    programs: { full: 12, quick: 1 },
    functions(random, architecture) {
      const leaf: Link = {
        style: plainStyle,
        write(writer, _next, own) {
          const hand = new HandWriter(architecture, writer.items, own);
          const saved = own.shuffle(hand.machine.calleeSaved).slice(0, own.between(2, 5));
          saved.forEach((register, i) => {
            hand.save(register, i);
            if (own.chance(0.5)) hand.work(1);
          });
          for (const register of saved) hand.clobber(register);
          hand.work(own.between(1, 3));
          saved.forEach((register, i) => {
            hand.get(register, i);
            hand.cfi(cfi.restore(register));
          });
          hand.ret();
        },
      };
      return [
        ...chain(architecture, random, [{ style: ordinaryStyle(random) }, leaf]),
        handler(architecture, random, { style: { saved: 5 } }),
      ];
    },
    signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  }),
  signalScenario({
    name: 'faulting-load',
    description: 'a load through a null pointer raises the signal; the handler repairs the pointer',
    about:
      'The instruction is attempted, the processor raises an exception, and the kernel turns it into a signal whose ' +
      'saved PC is that of the instruction itself, which has not executed. The fault is often the first instruction ' +
      'behind a call or of a function. An unwinder that subtracts one from that PC reports the line before, or the ' +
      'function before.',
    source: 'signal(7), SIGSEGV; real: GCC PR 26208, LLVM libunwind #92291',
    programs: { full: 24, quick: 1 },
    functions: (random, architecture) => [
      ...chain(
        architecture,
        random,
        Array.from({ length: 4 }, (_, i) => ({ style: ordinaryStyle(random.derive(i)), write: faults(architecture) })),
      ),
      handler(architecture, random, { body: repairPointer(architecture) }),
    ],
    signals: (places) =>
      [...places.linked.labels]
        .filter(([label]) => /\.fault\d$/.test(label))
        .map(([, at]) => places.deliver(at, { fault: true })),
  }),
  signalScenario({
    name: 'trampoline-fde-at-start',
    description: 'the trampoline’s FDE begins at its first instruction, and no CFI covers the byte before',
    about:
      'C libraries let the FDE of the trampoline begin one byte early, so that the usual lookup of a return address ' +
      'minus one finds it. This one does not: what the handler returns to is the FDE’s first byte, and the byte before ' +
      'ends some code without any. The unwinder finds nothing there and must know the trampoline by its code instead, or look the ' +
      'PC up a second time as it is; when the trampoline itself is interrupted, the FDE is found.',
    source: 'glibc, sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c, the comment on the nop before __restore_rt',
    trampoline: 'at-start',
    programs: { full: 10, quick: 1 },
    functions: (random, architecture) => [
      ...chain(architecture, random, [{ style: ordinaryStyle(random) }, { style: ordinaryStyle(random.derive(1)) }]),
      handler(architecture, random),
    ],
    signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  }),
];

/** Prologue, a call, what follows it in the same frame, and a label where the call returns to. */
const callsInFrame: NonNullable<Link['write']> = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  if (next !== undefined) {
    writer.call(next);
    writer.label(`${name}.returned`);
  }
  writer.work(random.below(2));
  writer.epilogue();
  writer.ret();
};

/** Reads through null at the first instruction behind the prologue or behind a call. */
function faults(architecture: ArchitectureName): NonNullable<Link['write']> {
  return (writer, next, random, name) => {
    writer.items.push(...loadThroughNull(architecture, `${name}.fault0`));
    writer.prologue();
    writer.overwrite();
    if (next !== undefined) writer.call(next);
    writer.items.push(...loadThroughNull(architecture, `${name}.fault1`));
    writer.work(random.below(2));
    writer.epilogue();
    writer.ret();
  };
}

/** An outermost function: its return address is undefined from its first instruction on. */
function start(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, plainStyle, random);
  writer.items.push({ cfi: cfi.undefined(machineOf(architecture).returnAddress) });
  writer.work(random.between(1, 4));
  writer.call(entryName);
  writer.work(random.below(3));
  writer.exit();
  return { name: startName, items: writer.items };
}
