import { cfi } from '../../cfi/index.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { handScenario } from '../hand-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { body, shapeScenario, type Write } from '../shape.ts';

/** A start without a frame, which falls through into another function that can be called by itself. */
const fallThrough: Write = (writer, next, random, name, fragments) => {
  writer.work(random.between(1, 3));
  const rest = writer.fragment(writer.state());
  rest.prologue();
  rest.overwrite();
  body(rest, next, random);
  rest.epilogue();
  rest.ret();
  fragments.add(`${name}.inner`, rest, { side: 'behind' });
};

/** A function in three or four FDEs that follow one another without a gap; the cuts are where rows change, too. */
const inPieces: Write = (writer, next, random, name, fragments) => {
  let piece: FunctionWriter = writer;
  let count = 0;
  const cut = () => {
    const state = piece.state();
    piece = writer.fragment(state);
    fragments.add(pieceName(name, ++count), piece, { side: 'behind' });
  };
  piece.prologue();
  cut();
  piece.overwrite();
  piece.work(random.below(2));
  if (next === undefined) piece.work(1);
  else piece.call(next);
  // The return address is the first address of the next piece.
  cut();
  piece.work(random.between(1, 2));
  cut();
  piece.epilogue();
  piece.ret();
};

const pieceName = (name: string, number: number) => `${name}.piece${number}`;

/** The names of pieces that every program of `inPieces` has. */
const pieces = ['entry', 'function1', 'function2'].flatMap((name) => [1, 2, 3].map((i) => pieceName(name, i)));

/** Ends in a call that does not return; behind it, up to the next function, there is no FDE. */
function noreturnBeforeGap(writer: FunctionWriter, next: string | undefined, random: Random): void {
  writer.prologue();
  writer.overwrite();
  writer.work(random.between(1, 3));
  if (next === undefined) writer.exit();
  else writer.call(next);
}

/** Ends in a call that does not return, behind which a function without a frame begins: it is called, too. */
const noreturnBeforeFrameless: Write = (writer, next, random, name, fragments) => {
  if (next === undefined) {
    noreturnBeforeGap(writer, next, random);
    return;
  }
  const helper = `${name}.helper`;
  const frameless = writer.fragment(writer.state());
  frameless.work(random.between(1, 3));
  frameless.ret();
  fragments.add(helper, frameless, { side: 'behind' });
  writer.prologue();
  writer.overwrite();
  writer.call(helper);
  writer.work(random.between(1, 2));
  writer.call(next);
};

/** Where one FDE ends and another begins. */
export const boundaryScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'control-flow/fall-through',
    description: 'a function falls through into the next one, without a jump',
    about:
      'The first function does a little and runs on into the one behind it, which builds the frame and returns for ' +
      'both. There is no call and no jump, but another FDE from one instruction to the next. Unwinders that cache the ' +
      'function they were in, or take a change of the FDE for a call, are wrong.',
    source: 'DWARF 5, section 6.4; hand-written assembly, LLVM machine outliner and -falign-functions=1',
    programs: { full: 15, quick: 1 },
    write: () => fallThrough,
  }),
  shapeScenario({
    name: 'control-flow/adjacent-fdes',
    description: 'functions in several FDEs without a gap, cut in mid-frame and right behind calls',
    about:
      'Each function is cut into four FDEs that touch: behind the prologue, right behind its call, and before the ' +
      'epilogue. Each begins with the frame at hand. One end is the other start: an address belongs to the FDE that ' +
      'begins there. Unwinders that count the end in, or look up return addresses as they are, mix up the two.',
    source: 'DWARF 5, section 6.4.1; pc_begin and address_range',
    programs: { full: 12, quick: 1 },
    write: () => inPieces,
  }),
  shapeScenario({
    name: 'control-flow/empty-fdes-between',
    description: 'as adjacent-fdes, with FDEs of no length at each border',
    about:
      'Where two FDEs touch, others begin that cover nothing and state a nonsensical frame, as linkers leave them behind ' +
      'for code they have discarded. A search by start address finds the empty one first, or last. Unwinders that do ' +
      'not look at the length, or give up where it is zero, use nonsense or find nothing.',
    source: 'LSB, .eh_frame_hdr; real: LLVM lld #218124, rui314/mold #1648',
    needs: ['eh-frame-hdr'],
    programs: { full: 10, quick: 1 },
    functions: [3, 3],
    link: (random) => ({
      extraFdes: pieces.map((label) => ({
        label,
        size: 0,
        directives: [{ offset: 0, directive: cfi.defCfaOffset(0x8000) }],
        order: random.pick(['first', 'last'] as const),
      })),
    }),
    write: () => inPieces,
  }),
  shapeScenario({
    name: 'control-flow/noreturn-before-gap',
    description: 'the last instruction is a call that does not return; the next address is in no FDE',
    about:
      'A function ends in a call that never returns, and behind it is padding up to the next function, which no FDE ' +
      'covers. The return address is in no function at all; the one before it is. Unwinders that look it up as it is ' +
      'find nothing and end the stack here, as if the code had no unwind information.',
    source: 'DWARF 5, section 6.4.4; real: opentelemetry-ebpf-profiler #1203',
    programs: { full: 15, quick: 1 },
    align: 64,
    write: () => noreturnBeforeGap,
  }),
  shapeScenario({
    name: 'control-flow/noreturn-before-frameless',
    description: 'a call that does not return, right before a function without a frame that is called, too',
    about:
      'The function behind the call that never returns has no frame, so that its only row puts the return address on top ' +
      'of the stack. It is called as well: a right row of it may be in a cache already, for the very address that is ' +
      'looked up as a return address a little later. Caches must tell the two uses of an address apart.',
    source: 'DWARF 5, section 6.4.4; real: libunwind #1059',
    programs: { full: 15, quick: 1 },
    write: () => noreturnBeforeFrameless,
  }),
  handScenario({
    name: 'control-flow/two-entries',
    description: 'a second entry in the middle of a function, behind a frame that is gone again',
    about:
      'The first entry builds a frame, calls somebody and takes the frame down; there the second entry lies, which is ' +
      'called by itself, too. The row at it is that of an entry, in the middle of an FDE. Unwinders that know entries ' +
      'by FDE or symbol only, and assume a complete prologue before every other address, are wrong there.',
    source: 'DWARF 5, section 6.4; ENTRY in Fortran, hand-written assembly',
    programs: { full: 12, quick: 1 },
    write: (random) => (hand, next, name, writer) => {
      const [register] = random.shuffle(hand.machine.calleeSaved);
      const frame = (calls: readonly string[]) => {
        hand.open(random.between(1, 3));
        hand.save(register!, 0);
        hand.clobber(register!);
        for (const callee of calls) hand.body(callee);
        hand.work(random.between(1, 2));
        hand.get(register!, 0);
        hand.cfi(cfi.restore(register!));
        hand.close();
      };
      // The first part calls the second entry and then runs into it.
      frame([`${name}.second`]);
      hand.work(random.between(1, 2));
      writer.label(`${name}.second`);
      frame(next === undefined ? [] : [next]);
      hand.ret();
    },
  }),
];
