import type { EmbeddedData } from '../../assembly/index.ts';
import type { Random } from '../../random.ts';
import type { FragmentPlace } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { body, returnInBetween, shapeScenario, type Write } from '../shape.ts';

/** A part of the body lies elsewhere and jumps back; another leaves the function from there. */
export const coldFragment: Write = (writer, next, random, name, fragments) => {
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

/** The cold part lies right at the function, on one side; it goes back, or leaves by itself. */
function coldBeside(side: FragmentPlace['side'], far: boolean): Write {
  return (writer, next, random, name, fragments) => {
    const cold = `${name}.cold`;
    writer.prologue();
    writer.overwrite();
    // Farther than a conditional jump of AArch64 reaches.
    writer.branchIf(0, `${name}.to.cold`);
    writer.label(`${name}.warm`);
    body(writer, next, random);
    const part = writer.fragment(writer.state());
    returnInBetween(writer, random.pick(['restoreState', 'redeclare']));
    writer.label(`${name}.to.cold`);
    writer.jump(cold);
    part.branchIf(1, `${name}.leave`);
    body(part, next, random);
    part.jump(`${name}.warm`);
    part.label(`${name}.leave`);
    part.work(random.between(1, 3));
    part.epilogue();
    part.ret();
    if (far) (side === 'before' ? part : writer).items.push(farGap(random));
    fragments.add(cold, part, { side });
  };
}

/** More than 64 KiB that nobody executes. */
function farGap(random: Random): EmbeddedData {
  return { data: { bytes: new Uint8Array(0x10000 + 16 * random.between(1, 0x200)) } };
}

export const coldScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'control-flow/cold-fragment',
    description: 'parts of the function lie before or behind all others, each with an FDE of its own',
    about:
      'Rarely executed parts of a function lie elsewhere, with an FDE of their own that begins in mid-frame: its first ' +
      'row states the whole frame. One part jumps back, another returns from there. Unwinders that take the start of ' +
      'an FDE for a function entry, with the return address on top of the stack, are wrong at its first instruction.',
    source: 'DWARF 5, section 6.4; GCC -freorder-blocks-and-partition',
    bits: 2,
    write: () => coldFragment,
  }),
  shapeScenario({
    name: 'control-flow/cold-before',
    description: 'the cold part lies right before the function, whose entry follows its last instruction',
    about:
      'The cold part of each function ends at the very address its hot part begins at, and jumps into it. Its rows are ' +
      'those of mid-frame, the next address has the row of an entry. Unwinders that merge neighbouring FDEs of one ' +
      'symbol, or carry the state of one part over to the next, are wrong on one side of the border.',
    source: 'DWARF 5, section 6.4; LLVM machine function splitting; real: LLVM #198677',
    bits: 2,
    programs: { full: 5, quick: 1 },
    write: () => coldBeside('before', false),
  }),
  shapeScenario({
    name: 'control-flow/cold-behind',
    description: 'the cold part lies right behind the function and begins with the frame of its middle',
    about:
      'Behind the last instruction of each function follows its cold part, with an FDE of its own whose first row is ' +
      'the frame of the middle of the function. A call may come from there, and the way back leads to the middle ' +
      'again. Unwinders that start every FDE with the frame of an entry are wrong at once.',
    source: 'DWARF 5, section 6.4; GCC -freorder-blocks-and-partition',
    bits: 2,
    programs: { full: 5, quick: 1 },
    write: () => coldBeside('behind', false),
  }),
  shapeScenario({
    name: 'control-flow/cold-far',
    description: 'hot and cold part lie more than 64 KiB apart, in either order',
    about:
      'As cold-before and cold-behind, with more than 64 KiB between the parts, as where a linker collects all cold ' +
      'code in a section of its own. Distances no longer fit 16 bits, neither in the search table nor in the FDEs. ' +
      'Unwinders that pack the distances of a function into less find the wrong part.',
    source: 'LSB, .eh_frame_hdr; GCC .text.unlikely',
    bits: 2,
    programs: { full: 3, quick: 1 },
    functions: [3, 3],
    write: (random) => coldBeside(random.pick(['before', 'behind']), true),
  }),
];
