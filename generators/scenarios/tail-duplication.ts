import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { FrameStyle } from '../function/style.ts';
import type { FunctionWriter } from '../function/writer.ts';
import type { Random } from '../random.ts';
import { type Link, ordinary } from './chain.ts';
import { chainScenario } from './chain-scenario.ts';
import type { Scenario } from './scenario.ts';

type Resumption = 'restoreState' | 'redeclare';
type Write = NonNullable<Link['write']>;

/** Work, a call where there is a callee, and work again. */
function body(writer: FunctionWriter, next: string | undefined, random: Random): void {
  writer.work(random.between(1, 3));
  if (next !== undefined) writer.call(next);
  writer.work(random.between(1, 3));
}

/** An epilogue with a return, behind which the frame is as before it. */
function returnInBetween(writer: FunctionWriter, how: Resumption): void {
  const state = writer.state();
  if (how === 'restoreState') writer.row.remember();
  writer.epilogue();
  writer.ret();
  writer.resume(state, how);
}

/** Prologue, then as many conditional returns as there are bits, each with its own epilogue. */
function severalEpilogues(how: Resumption, bits: number): Write {
  return (writer, next, random, name) => {
    writer.prologue();
    writer.overwrite();
    body(writer, next, random);
    for (let bit = 0; bit < bits; bit++) {
      writer.branchIf(bit, `${name}.past${bit}`);
      writer.work(random.below(3));
      returnInBetween(writer, how);
      writer.label(`${name}.past${bit}`);
      writer.work(random.between(1, 3));
    }
    writer.epilogue();
    writer.ret();
  };
}

/** The only epilogue stands in the middle; the code behind it jumps back to before it. */
function middleEpilogue(how: Resumption): Write {
  return (writer, next, random, name) => {
    writer.prologue();
    writer.overwrite();
    writer.branchIf(0, `${name}.behind`);
    writer.label(`${name}.leave`);
    body(writer, next, random);
    returnInBetween(writer, how);
    writer.label(`${name}.behind`);
    body(writer, next, random);
    writer.jump(`${name}.leave`);
  };
}

/** States remembered while others are: epilogues inside a stretch that has a state of its own. */
const nestedStates: Write = (writer, next, random, name) => {
  writer.branchIf(2, `${name}.frameless`);
  const frameless = writer.state();
  writer.row.remember();
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  for (const bit of [0, 1]) {
    writer.branchIf(bit, `${name}.past${bit}`);
    returnInBetween(writer, 'restoreState');
    writer.label(`${name}.past${bit}`);
    writer.work(random.between(1, 2));
  }
  writer.epilogue();
  writer.ret();
  writer.resume(frameless, 'restoreState');
  writer.label(`${name}.frameless`);
  writer.work(random.between(1, 3));
  writer.ret();
};

/** Returns before there is a frame. */
const earlyReturn: Write = (writer, next, random, name) => {
  writer.work(random.below(3));
  writer.branchIf(0, `${name}.frameless`);
  writer.row.remember();
  const frameless = writer.state();
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  writer.epilogue();
  writer.ret();
  writer.resume(frameless, 'restoreState');
  writer.label(`${name}.frameless`);
  writer.work(random.between(1, 3));
  writer.ret();
};

/** The frame exists on one of two ways to a common end only; so the epilogue must say what it restores. */
const shrinkWrapped: Write = (writer, next, random, name) => {
  writer.branchIf(0, `${name}.end`);
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  writer.epilogue();
  writer.label(`${name}.end`);
  writer.work(random.between(1, 3));
  writer.ret();
};

function tailCall(indirect: boolean): Write {
  return (writer, next, random) => {
    writer.prologue();
    writer.overwrite();
    writer.work(random.between(1, 3));
    writer.epilogue();
    if (next === undefined) writer.ret();
    else if (indirect) writer.tailCallIndirect(next);
    else writer.tailCall(next);
  };
}

/** A tail call in one branch, an ordinary return in the other. */
const conditionalTailCall: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  writer.work(random.between(1, 3));
  if (next !== undefined) {
    writer.branchIf(0, `${name}.ordinary`);
    const state = writer.state();
    writer.row.remember();
    writer.epilogue();
    writer.tailCall(next);
    writer.resume(state, 'restoreState');
    writer.label(`${name}.ordinary`);
    body(writer, next, random);
  }
  writer.epilogue();
  writer.ret();
};

/** A part of the body lies elsewhere and jumps back; another leaves the function from there. */
const coldFragment: Write = (writer, next, random, name, fragments) => {
  writer.prologue();
  writer.overwrite();
  writer.branchIf(0, `${name}.cold`);
  writer.label(`${name}.warm`);
  body(writer, next, random);
  writer.branchIf(1, `${name}.leave`);
  const back = writer.fragment(writer.state());
  const leave = writer.fragment(writer.state());
  writer.epilogue();
  writer.ret();
  body(back, next, random);
  back.jump(`${name}.warm`);
  fragments.add(`${name}.cold`, back);
  leave.work(random.between(1, 3));
  leave.epilogue();
  leave.ret();
  fragments.add(`${name}.leave`, leave);
};

/** The last instruction calls a function that does not return. */
const noreturnLast: Write = (writer, next, random) => {
  if (next === undefined) {
    writer.prologue();
    writer.overwrite();
    writer.work(random.between(1, 3));
    writer.exit();
    return;
  }
  writer.prologue();
  writer.overwrite();
  writer.work(random.between(1, 3));
  writer.call(next);
};

/** Behind the call that does not return there is code with another frame. */
const noreturnBeforeChange: Write = (writer, next, random, name) => {
  if (next === undefined) {
    noreturnLast(writer, next, random, name, { add: () => undefined });
    return;
  }
  writer.branchIf(0, `${name}.frameless`);
  const frameless = writer.state();
  writer.row.remember();
  writer.prologue();
  writer.overwrite();
  writer.work(random.between(1, 3));
  writer.call(next);
  writer.resume(frameless, 'restoreState');
  writer.label(`${name}.frameless`);
  writer.work(random.between(1, 3));
  writer.tailCall(next);
};

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly bits: number;
  /** Signed return addresses where the architecture has them: tail calls authenticate, too. */
  readonly signs?: boolean;
  /** Alignment of functions where they follow one another closely. */
  readonly align?: number;
  /** Where only one way of describing epilogues is right. */
  readonly restores?: FrameStyle['restores'];
  write(random: Random): Write;
}

const duplication = 'DWARF 5, section 6.4.2.4; real: parca-agent #841, LLVM libunwind and gimli #273';

const kinds: readonly Kind[] = [
  {
    name: 'several-epilogues',
    description: 'conditional returns in the body, the state remembered and restored around each',
    source: duplication,
    bits: 3,
    write: (random) => severalEpilogues('restoreState', random.between(1, 3)),
  },
  {
    name: 'redeclared',
    description: 'conditional returns in the body, the row declared anew behind each, as LLVM does',
    source: 'DWARF 5, section 6.4.2; LLVM CFIInstrInserter',
    bits: 3,
    write: (random) => severalEpilogues('redeclare', random.between(1, 3)),
  },
  {
    name: 'middle-epilogue',
    description: 'the only epilogue is in the middle, with code of the body behind it',
    source: duplication,
    bits: 1,
    write: (random) => middleEpilogue(random.pick(['restoreState', 'redeclare'])),
  },
  {
    name: 'early-return',
    description: 'returns without a frame, behind the part that has one',
    source: duplication,
    bits: 1,
    write: () => earlyReturn,
  },
  {
    name: 'shrink-wrap',
    description: 'the frame exists on one of two ways only',
    source: 'DWARF 5, section 6.4.2; GCC -fshrink-wrap',
    bits: 1,
    restores: 'stated',
    write: () => shrinkWrapped,
  },
  {
    name: 'nested-states',
    description: 'a state is remembered while another one is',
    source: 'DWARF 5, section 6.4.2.4; real: go-delve #3480, parca-agent #841',
    bits: 3,
    write: () => nestedStates,
  },
  {
    name: 'tail-call',
    description: 'functions end in a direct jump to another function',
    source: 'System V psABI AMD64, AAPCS64: a tail call leaves no frame',
    bits: 0,
    signs: true,
    write: () => tailCall(false),
  },
  {
    name: 'tail-call-indirect',
    description: 'functions end in a jump through a register',
    source: 'System V psABI AMD64, AAPCS64: a tail call leaves no frame',
    bits: 0,
    signs: true,
    write: () => tailCall(true),
  },
  {
    name: 'tail-call-conditional',
    description: 'a tail call in one branch, an ordinary return in the other',
    source: duplication,
    bits: 1,
    signs: true,
    write: () => conditionalTailCall,
  },
  {
    name: 'cold-fragment',
    description: 'parts of the function lie before or behind all others, each with an FDE of its own',
    source: 'DWARF 5, section 6.4; GCC -freorder-blocks-and-partition',
    bits: 2,
    write: () => coldFragment,
  },
  {
    name: 'noreturn-last',
    description: 'the last instruction is a call that does not return; another function follows at once',
    source: 'DWARF 5, section 6.4.4; real: opentelemetry-ebpf-profiler #1027',
    bits: 0,
    align: 1,
    write: () => noreturnLast,
  },
  {
    name: 'noreturn-before-change',
    description: 'behind a call that does not return the row is another one',
    source: 'DWARF 5, section 6.4.4; real: libunwind #54',
    bits: 1,
    write: () => noreturnBeforeChange,
  },
];

/** Ways of writing functions that return, to be mixed with others. */
export const mixableWrites: readonly Write[] = [
  severalEpilogues('restoreState', 2),
  severalEpilogues('redeclare', 2),
  middleEpilogue('restoreState'),
  middleEpilogue('redeclare'),
  nestedStates,
  earlyReturn,
  conditionalTailCall,
  coldFragment,
  ordinary,
];
/** Number of selector bits they branch on. */
export const mixableBits = 3;

/** Several ways out of a function, in any order. */
export const tailDuplicationScenarios: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `tail-duplication/${kind.name}`,
    description: kind.description,
    source: kind.source,
    needs: ['callee-saved'],
    bits: kind.bits,
    programs: { full: 40, quick: 4 },
    links: (random, architecture) =>
      Array.from({ length: random.between(3, 5) }, (_, i) => {
        const own = random.derive(i);
        const sign =
          kind.signs && architecture === 'aarch64' && own.chance(0.5) ? own.pick(['a', 'b'] as const) : undefined;
        const link: Link = {
          style: {
            ...ordinaryStyle(own),
            ...(sign === undefined ? {} : { sign }),
            ...(kind.restores === undefined ? {} : { restores: kind.restores }),
          },
          write: i === 0 && kind.signs ? ordinary : kind.write(own),
          ...(kind.align === undefined || architecture === 'aarch64' ? {} : { align: kind.align }),
        };
        return link;
      }),
  }),
);
