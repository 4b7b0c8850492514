import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../../assembly/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { chain } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { handler, resumeAt } from './handlers.ts';
import type { Places } from './places.ts';
import { signalScenario } from './signal-scenario.ts';

/** What the handler has run instead. */
const standInName = 'stand.in';

/** Calls an address through a register: nothing is mapped there, and fetching the first instruction faults. */
function callOf(architecture: ArchitectureName, address: bigint): readonly Item[] {
  if (architecture === 'x86-64') {
    const { rax } = x86.gpr;
    return [address === 0n ? x86.xor32(rax, rax) : x86.movabs(rax, address), x86.callRegister(rax)];
  }
  const { x9 } = a64.registers;
  return [...a64.movConstant(x9, address), a64.blr(x9)];
}

function standIn(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, { ...ordinaryStyle(random), leaf: true }, random);
  writer.prologue();
  writer.work(random.between(1, 3));
  writer.epilogue();
  writer.ret();
  return { name: standInName, items: writer.items };
}

/** A chain whose functions call the address, each perhaps before and always after its ordinary call. */
function functions(random: Random, architecture: ArchitectureName, address: bigint): CodeFunction[] {
  let calls = 0;
  const call = (writer: FunctionWriter) => {
    writer.items.push(...callOf(architecture, address));
    writer.label(`bad.call${calls++}`);
  };
  const write = (writer: FunctionWriter, next: string | undefined, own: Random): void => {
    writer.prologue();
    writer.overwrite();
    writer.work(own.between(1, 3));
    // The last function may be a leaf, which has nowhere to keep its return address.
    if (next !== undefined) {
      if (own.chance(0.5)) call(writer);
      writer.call(next);
      writer.work(own.below(3));
      call(writer);
    }
    writer.epilogue();
    writer.ret();
  };
  const links = Array.from({ length: random.between(2, 4) }, (_, i) => ({
    style: ordinaryStyle(random.derive(i)),
    write,
  }));
  return [
    ...chain(architecture, random, links),
    handler(architecture, random, {
      style: { saved: random.between(3, 5) },
      body: resumeAt(architecture, standInName),
    }),
    standIn(architecture, random.derive(standInName)),
  ];
}

/** One signal for each call, each at the next arrival at the address. */
function signals(places: Places, address: bigint) {
  const calls = [...places.linked.labels.keys()].filter((label) => /^bad\.call\d+$/.test(label));
  return calls.map(() => places.deliver(address));
}

/** Calls through null pointers, and handlers that repair them. */
export const nullCallScenario: Scenario = signalScenario({
  name: 'null-call',
  description: 'a call of a null pointer: the handler interrupts address 0 and has a function run instead',
  about:
    'A function pointer is null and is called: the processor faults when it fetches from address 0, and the interrupted ' +
    'frame has a PC of 0 that no information covers. Its caller is as behind the first instruction of any function: the ' +
    'return address is on top of the stack or in the link register. An unwinder that takes PC 0 for the end of a stack ' +
    'reports a crash without saying where it happened.',
  source: 'signal(7), SIGSEGV at PC 0; real: libunwindstack (AOSP b57cc6e)',
  programs: { full: 30, quick: 2 },
  functions: (random, architecture) => functions(random, architecture, 0n),
  signals: (places) => signals(places, 0n),
});

/** Where nothing is mapped: below the stacks, far above any code; a multiple of an instruction. */
const wildAddress = (random: Random): bigint =>
  0x6b6b_0000_0000n + 16n * BigInt(random.derive('wild').below(0x1000_0000));

/** Calls through a pointer that leads nowhere. */
export const wildCallScenario: Scenario = signalScenario({
  name: 'wild-call',
  description: 'a call of a wild pointer: the interrupted PC is in no memory; a walk ends or is right',
  about:
    'A function pointer was overwritten and is called: fetching from it faults, and the interrupted frame has a PC that ' +
    'belongs to no module. Nothing tells that a call led there, so an unwinder may end the walk at this frame, with all ' +
    'its registers right. One that takes the return address from the stack’s top or the link register, as behind a null ' +
    'pointer, must be right about everything behind. Inventing frames, or reading at the PC, is wrong.',
  source: 'signal(7), SIGSEGV; real: libunwindstack, "a bad function pointer"',
  programs: { full: 24, quick: 1 },
  functions: (random, architecture) => functions(random, architecture, wildAddress(random)),
  signals: (places, random) => signals(places, wildAddress(random)),
  walkEnds(random) {
    const start = wildAddress(random);
    return [{ start, end: start + 1n, endings: ['no-info'], behind: 'truth' }];
  },
});
