import type { Scenario } from '../scenario.ts';
import { body, shapeScenario, type Write } from '../shape.ts';

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
export const conditionalTailCall: Write = (writer, next, random, name) => {
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

const abi = 'System V psABI AMD64, AAPCS64: a tail call leaves no frame';

export const tailCallScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'control-flow/tail-call',
    description: 'functions end in a direct jump to another function',
    about:
      'Each function takes its frame down, authenticates its return address if it was signed, and jumps to the next. ' +
      'The one that jumped is gone: the next one has its caller. Unwinders that guess from the code before a return ' +
      'address who must have been called, or keep a signed state beyond the epilogue, are wrong.',
    source: abi,
    signs: true,
    write: () => tailCall(false),
  }),
  shapeScenario({
    name: 'control-flow/tail-call-indirect',
    description: 'functions end in a jump through a register',
    about:
      'As tail-call, through a register: the instruction looks like the end of a PLT entry or of a switch, but leaves ' +
      'the function for good. The row at the jump is that of the entry again.',
    source: abi,
    signs: true,
    write: () => tailCall(true),
  }),
  shapeScenario({
    name: 'control-flow/tail-call-conditional',
    description: 'a tail call in one branch, an ordinary return in the other',
    about:
      'In the middle of the function one branch takes the frame down and jumps to another function; the code behind ' +
      'that jump has the frame again and returns in the ordinary way. A jump out of the function ends its frame as a ' +
      'return does, and the state must come back behind it.',
    source: 'DWARF 5, section 6.4.2.4; real: parca-agent #841',
    bits: 1,
    signs: true,
    write: () => conditionalTailCall,
  }),
];
