import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../../assembly/index.ts';
import { cfi, dwarf, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import { HandWriter } from '../rules/hand-writer.ts';
import { type Coroutine, coroutineScenario } from './coroutine-program.ts';
import { preserved } from './preserved.ts';

// What a context holds, by offset: SP and PC to go on with, then what functions preserve.
const spAt = 0;
const pcAt = 8;
const registerAt = (index: number) => 16 + 8 * index;

const swapName = 'swapcontext';
const ownOf = ({ number }: Coroutine) => `context${number}`;
/** The context to go on with where the coroutine yields or ends. */
const linkOf = ({ number }: Coroutine) => `link${number}`;

/** Stores the running function's return in a context, with everything it preserves. */
function save(hand: HandWriter, context: number, scratch: number): void {
  const { machine, random } = hand;
  const registers = random.shuffle([...preserved(machine.architecture).entries()]);
  for (const [i, register] of registers) hand.emit(machine.store(context, registerAt(i), register));
  if (machine.entryDepth > 0) {
    hand.emit(machine.load(scratch, machine.sp, 0), machine.store(context, pcAt, scratch));
  } else hand.emit(machine.store(context, pcAt, machine.returnAddress));
  hand.emit(machine.add(scratch, machine.sp, machine.entryDepth), machine.store(context, spAt, scratch));
}

/** Goes on with a context: from the new SP on, whoever is resumed is the caller, and all of it is in the context. */
function load(hand: HandWriter, context: number, scratch: number): void {
  const { machine, random } = hand;
  const { sp, returnAddress } = machine;
  const registers = preserved(machine.architecture);
  hand.emit(machine.load(scratch, context, spAt), machine.move(sp, scratch));
  hand.cfi(cfi.defCfa(context, 0), cfi.offsetExtendedSf(sp, spAt), cfi.offsetExtendedSf(returnAddress, pcAt));
  registers.forEach((register, i) => {
    hand.cfi(cfi.offsetExtendedSf(register, registerAt(i)));
  });
  for (const [i, register] of random.shuffle([...registers.entries()])) {
    hand.emit(machine.load(register, context, registerAt(i)));
  }
  if (machine.entryDepth > 0) hand.emit(machine.load(scratch, context, pcAt), machine.jumpRegister(scratch));
  else {
    hand.emit(machine.load(returnAddress, context, pcAt));
    hand.ret();
  }
}

/** The registers in which `swapcontext` takes the context to fill and the one to go on with. */
const argumentsOf = (hand: HandWriter) => hand.machine.scratch.slice(0, 2) as [from: number, to: number];

function swapcontext(hand: HandWriter): void {
  const [from, to] = argumentsOf(hand);
  const [scratch] = hand.random.shuffle(hand.machine.scratch.slice(2));
  save(hand, from, scratch!);
  load(hand, to, scratch!);
}

/** Names two contexts and lets `swapcontext` do the rest. */
function stub(hand: HandWriter, fill: string, resume: string): void {
  const { machine } = hand;
  const [from, to] = argumentsOf(hand);
  hand.emit(machine.address(from, fill), machine.address(to, resume), machine.jump(swapName));
}

/** Fills the link, and runs the body on the coroutine's stack, at whose bottom lies the link's address. */
function start(one: Coroutine, hand: HandWriter): void {
  const { machine, random } = hand;
  const { sp, returnAddress } = machine;
  const [context, scratch] = random.shuffle(machine.scratch);
  hand.emit(machine.address(context!, linkOf(one)));
  save(hand, context!, scratch!);
  hand.emit(...machine.constant(scratch!, one.stack.start + BigInt(one.stack.size)));
  hand.emit(machine.add(scratch!, scratch!, -16), machine.store(scratch!, 0, context!));
  hand.emit(machine.move(sp, scratch!));
  hand.cfi(cfi.defCfa(sp, 16));
  if (one.stack.behind === 'nobody') hand.cfi(cfi.undefined(returnAddress));
  else {
    const inLink = (offset: number) =>
      expression(dwarf.lit(16), dwarf.minus(), dwarf.deref(), ...(offset === 0 ? [] : [dwarf.plusUconst(offset)]));
    hand.cfi(cfi.expression(sp, inLink(spAt)), cfi.expression(returnAddress, inLink(pcAt)));
    preserved(machine.architecture).forEach((register, i) => {
      hand.cfi(cfi.expression(register, inLink(registerAt(i))));
    });
  }
  for (const register of machine.calleeSaved) if (random.chance(0.6)) hand.clobber(register);
  hand.body(one.body);
  hand.emit(machine.load(context!, sp, 0));
  load(hand, context!, scratch!);
}

function make(
  architecture: ArchitectureName,
  random: Random,
  name: string,
  body: (hand: HandWriter) => void,
): CodeFunction {
  const items: Item[] = [];
  body(new HandWriter(architecture, items, random.derive(name)));
  return { name, items };
}

/** Contexts in memory are saved and restored, as swapcontext does it. */
export const contextSwitch = coroutineScenario({
  name: 'context-switch',
  description: 'contexts are saved in memory and restored, as by swapcontext; rules lead there',
  about:
    'Coroutines are switched by storing SP, the return address and what functions preserve in a context in memory and ' +
    'loading another one. From the new SP on the caller is whoever is resumed, and each of its registers is in the ' +
    'context, whose address is the CFA: SP has a rule of its own, and the return address is nowhere near a stack. At the ' +
    'bottom of a coroutine rows lead on to the context of its resumer, or say that it is the root. Wrong unwinders take ' +
    'the CFA for SP, and look for the return address below it.',
  source:
    'glibc, swapcontext.S and setcontext.S of x86-64 and AArch64; DWARF 5, section 6.4.1; real: LLVM libunwind D106626',
  needs: ['stack-pointer-rule', 'expressions'],
  programs: { full: 8, quick: 1 },
  behind: (random) => random.pick(['switcher', 'nobody']),
  write: (random, architecture, one) => ({
    functions: [
      make(architecture, random, one.start, (hand) => start(one, hand)),
      make(architecture, random, one.resume, (hand) => stub(hand, linkOf(one), ownOf(one))),
      make(architecture, random, one.yield, (hand) => stub(hand, ownOf(one), linkOf(one))),
    ],
    data: [ownOf(one), linkOf(one)].map((label) => ({
      label,
      bytes: new Uint8Array(registerAt(preserved(architecture).length)),
      writable: true,
    })),
  }),
  shared: (random, architecture) => [make(architecture, random, swapName, swapcontext)],
});
