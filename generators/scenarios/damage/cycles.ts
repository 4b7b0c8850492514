import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction } from '../../assembly/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { WalkEnding } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { aarch64Register } from '../rules/aarch64-machine.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { x86_64Register } from '../rules/x86-64-machine.ts';
import { damageScenario } from './damage-scenario.ts';
import { back, call, inCall, lyingLink } from './lying-row.ts';

/** How a walk may notice that it gets nowhere. */
const stuck: readonly WalkEnding[] = ['loop', 'invalid', 'no-info', 'root', 'unreadable'];

/** The row of the call says that the caller is this very frame. */
export const selfCaller = damageScenario({
  name: 'self-caller',
  description: 'at its call, the CFI of a function says that it was called by itself from the same frame',
  about:
    'At the call of one function the CFI says that the CFA is SP and that the return address is where the frame is ' +
    'already: unwinding gives the same PC and the same SP for ever. Generated CFI of system call wrappers had this. ' +
    'The frames up to this one are right, and the walk must end with it, in whichever way it says so. Wrong unwinders ' +
    'never come to an end, or fill the buffer with one frame.',
  source: 'real: llvm/llvm-project #103476 (musl, clone)',
  victims: (random, architecture) => [
    lyingLink(random, architecture, {
      directives: ({ machine }) => [cfi.defCfa(machine.sp, 0), cfi.sameValue(machine.returnAddress)],
      // In the function itself the return address still has its old value, so that the lie is another one.
      ends: [inCall({ endings: stuck }), { endings: stuck, from: 'lie', to: call, toOffset: 1, behind: 'anything' }],
    }),
  ],
});

/** Loads the address of a label. */
function address(architecture: ArchitectureName, to: number, label: string): Instruction {
  return architecture === 'x86-64'
    ? x86.lea(x86_64Register(to), x86.place(label))
    : a64.adr(aarch64Register(to), label);
}

/** Bytes of the inner frame's part of the stack; the return address of its call is noted in one of its slots. */
const innerSize = 0x40;
const noteOffset = 0x10;

/** The function that claims to have been called by its callee. */
const outer = (random: Random, architecture: ArchitectureName): Link =>
  lyingLink(random, architecture, {
    directives: ({ machine }) => [
      cfi.defCfaSf(machine.sp, -innerSize),
      cfi.offsetExtendedSf(machine.returnAddress, noteOffset),
    ],
    ends: [{ endings: ['loop', 'limit', ...stuck], from: 'lie', to: back, behind: 'anything' }],
  });

/** Its callee, which notes where it will go on. */
const inner = (random: Random, architecture: ArchitectureName): Link =>
  handLink(architecture, (hand, next, name, writer) => {
    const { machine } = hand;
    const scratch = random.pick(machine.scratch);
    const label = `${name}.resumed`;
    hand.open((innerSize - machine.entryDepth - (architecture === 'aarch64' ? 8 : 0)) / 8 - 1);
    hand.emit(address(architecture, scratch, label), machine.store(machine.sp, noteOffset, scratch));
    hand.work(random.between(0, 2));
    hand.emit(machine.call(next!));
    writer.label(label);
    hand.work(random.between(1, 2));
    hand.close();
    hand.ret();
  });

/** Two frames, each of which unwinds to the other. */
export const twoFrameCycle = damageScenario({
  name: 'two-frame-cycle',
  description: 'the CFI of a function says that its callee called it: two frames unwind to each other',
  about:
    'The CFI of one function leads back to the frame it called, whose CFI is right: each is the caller of the other, ' +
    'for ever, and neither step alone shows it. The frames up to the lie must be right; behind it anything may follow, ' +
    'but the walk has to come to an end, be it by a full buffer. Wrong unwinders hang, or collect frames until memory ' +
    'is used up.',
  source: 'real: llvm/llvm-project #103476 is the case with one frame',
  victims: (random, architecture) => [
    outer(random.derive('outer'), architecture),
    inner(random.derive('inner'), architecture),
  ],
});
