import * as a64 from '../../encoder/aarch64/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FrameStyle } from '../../function/style.ts';
import { plainStyle } from '../../function/style.ts';
import type { Feature } from '../../program.ts';
import type { Random } from '../../random.ts';
import { type Link, ordinary } from '../chain.ts';
import { type ChainScenario, chainScenario } from '../chain-scenario.ts';
import type { Scenario, ScenarioMode } from '../scenario.ts';
import { body, returnInBetween, type Write } from '../shape.ts';

/** A scenario whose programs are chains of functions that sign their return addresses. */
export interface SignedScenario extends Pick<ChainScenario, 'respell'> {
  /** Behind `pointer-authentication/`. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Besides `callee-saved` and `pointer-authentication`. */
  readonly needs?: readonly Feature[];
  /** Selector bits the functions branch on. Default: none. */
  readonly bits?: number;
  /** Default: 20 and 2. */
  readonly programs?: Readonly<Record<ScenarioMode, number>>;
  /** How a function is written, given its key. */
  write?(key: 'a' | 'b'): Write;
  /** Instead of `write`: the function number `index` of `count`. */
  link?(random: Random, key: 'a' | 'b', index: number, count: number): Link;
}

export function signedScenario(plan: SignedScenario): Scenario {
  const { name, needs = [], bits = 0, programs = { full: 20, quick: 1 }, write, link, ...rest } = plan;
  return chainScenario({
    ...rest,
    name: `pointer-authentication/${name}`,
    needs: ['callee-saved', 'pointer-authentication', ...needs],
    architectures: ['aarch64'],
    bits,
    programs,
    links(random) {
      const count = random.between(3, 5);
      return Array.from({ length: count }, (_, i): Link => {
        const own = random.derive(i);
        const key = own.pick(['a', 'b'] as const);
        if (link !== undefined) return link(own, key, i, count);
        return { style: signedStyle(own, key), write: write?.(key) ?? ordinary };
      });
    },
  });
}

/** An ordinary frame, signed; the writer signs first of all. */
export function signedStyle(random: Random, sign: 'a' | 'b'): FrameStyle {
  return { ...ordinaryStyle(random), sign };
}

/** The return address is signed on one way through the function only. */
const unsignedReturn: Write = (writer, next, random, name) => {
  const early = `${name}.early`;
  writer.branchIf(0, early);
  const state = writer.state();
  const how = random.pick(['restoreState', 'redeclare'] as const);
  if (how === 'restoreState') writer.row.remember();
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  writer.epilogue();
  writer.ret();
  writer.resume(state, how);
  writer.label(early);
  writer.work(random.between(1, 3));
  writer.ret();
};

/** Returns in mid-function, authenticated there; what follows is signed again. */
export const returnsTwice: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  writer.branchIf(0, `${name}.on`);
  body(writer, next, random);
  returnInBetween(writer, random.pick(['restoreState', 'redeclare']));
  writer.label(`${name}.on`);
  body(writer, undefined, random);
  writer.epilogue();
  writer.ret();
};

/** Parts beside the function, whose FDEs begin with a signed return address. */
export const coldSigned: Write = (writer, next, random, name, fragments) => {
  writer.prologue();
  writer.overwrite();
  writer.branchIf(0, `${name}.cold`);
  writer.label(`${name}.warm`);
  body(writer, next, random);
  const cold = writer.fragment(writer.state());
  writer.epilogue();
  writer.ret();
  cold.branchIf(1, `${name}.leave`);
  body(cold, next, random);
  cold.jump(`${name}.warm`);
  cold.label(`${name}.leave`);
  cold.work(1);
  cold.epilogue();
  cold.ret();
  fragments.add(`${name}.cold`, cold, { side: random.pick(['before', 'behind']) });
};

/** Shapes of functions around signing and authenticating. */
export const signedShapes: readonly Scenario[] = [
  signedScenario({
    name: 'unsigned-return',
    description: 'functions that return early before anything was signed',
    about:
      'A test comes first, and one way returns at once, with an address that was never signed; the other signs, makes a ' +
      'frame and undoes both. In the order of the code the unsigned way comes last, so the state must be back to ' +
      'unsigned there, by a remembered row or by a second toggle. Unwinders that take a function for signed as a whole ' +
      'damage addresses of the upper half, or fail to authenticate.',
    source: 'aadwarf64, "Call frame instructions"; LLVM shrink wrapping',
    bits: 1,
    write: () => unsignedReturn,
  }),
  signedScenario({
    name: 'remembered-toggle',
    description: 'DW_CFA_remember_state and restore_state around the toggle of an early return',
    about:
      'The early return authenticates, which toggles the state to unsigned, and the code behind it is signed again: by ' +
      'DW_CFA_restore_state, or by a further toggle where the compiler states everything anew. The state belongs to what ' +
      'is remembered. Unwinders that keep it apart from the rows are wrong from the first restored row on.',
    source: 'aadwarf64, "Call frame instructions"; real: GCC PR 104689',
    bits: 1,
    write: () => returnsTwice,
  }),
  signedScenario({
    name: 'cold-part',
    description: 'a cold part, on either side, with its own FDE whose first directive toggles the state',
    about:
      'The cold part is reached in mid-function with a signed address. Its FDE starts unsigned like every other and must ' +
      'say at offset 0 that this is not so; then it authenticates and returns by itself, or jumps back. The parts lie in ' +
      'either order. An unwinder that evaluates the toggles of a symbol’s parts in one go, or drops directives at ' +
      'offset 0, has the opposite state in one of them.',
    source: 'aadwarf64, "Call frame instructions"; real: LLVM #198677, abi-aa PR #346',
    bits: 2,
    programs: { full: 12, quick: 1 },
    write: () => coldSigned,
  }),
  signedScenario({
    name: 'combined-return',
    description: 'retaa and retab authenticate and return in one instruction: signed up to the end',
    about:
      'There is no instruction between authenticating and returning, so the state is never toggled back, and the last ' +
      'instruction of the function still has a signed address in x30 with the frame already gone. An unwinder that ' +
      'takes a row without saved x30 for unsigned fails at the return only.',
    source: 'Arm Architecture Reference Manual, RETAA; GCC and LLVM from Armv8.3 on',
    write: (key) => (writer, next, random) => {
      writer.prologue();
      writer.overwrite();
      body(writer, next, random);
      writer.epilogue();
      writer.items.push(key === 'a' ? a64.retaa() : a64.retab());
    },
  }),
  signedScenario({
    name: 'tail-call',
    description: 'functions that authenticate and jump to another function, directly or through a register',
    about:
      'Before a tail call the frame goes and the address is authenticated, so that the callee signs it anew; in between ' +
      'stands the jump with an unsigned address. Then the callee’s first instruction has an unsigned address and its ' +
      'second a signed one, without a call. Unwinders that infer signing from how a function was reached are wrong here.',
    source: 'aadwarf64, "Call frame instructions"; GCC and LLVM, sibling calls with -mbranch-protection',
    write: () => (writer, next, random) => {
      writer.prologue();
      writer.overwrite();
      writer.work(random.between(1, 3));
      writer.epilogue();
      if (next === undefined) writer.ret();
      else if (random.chance(0.5)) writer.tailCall(next);
      else writer.tailCallIndirect(next);
    },
  }),
  signedScenario({
    name: 'unsigned-leaf',
    description: 'leaf functions that do not sign, called from functions that do',
    about:
      'By default only functions that save their return address sign it, so a leaf has a plain address in x30 while its ' +
      'caller’s is signed on the stack. The first step must not strip and the second must. In the lower half stripping ' +
      'too much does not show, but a state carried from one frame to the next does.',
    source: 'GCC and LLVM, -mbranch-protection=pac-ret without +leaf',
    link: (random, key, index, count) =>
      index + 1 < count
        ? { style: signedStyle(random, key) }
        : {
            style: plainStyle,
            write: (writer, _next, own) => {
              writer.work(own.between(2, 8));
              writer.ret();
            },
          },
  }),
];
