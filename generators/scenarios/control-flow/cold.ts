import type { Scenario } from '../scenario.ts';
import { body, shapeScenario, type Write } from '../shape.ts';

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
];
