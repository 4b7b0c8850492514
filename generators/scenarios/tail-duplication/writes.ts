import { body, type Resumption, returnInBetween, type Write } from '../shape.ts';

/** Prologue, then as many conditional returns as there are bits, each with its own epilogue. */
export function severalEpilogues(how: Resumption, bits: number): Write {
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
export function middleEpilogue(how: Resumption): Write {
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
export const nestedStates: Write = (writer, next, random, name) => {
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
export const earlyReturn: Write = (writer, next, random, name) => {
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
export const shrinkWrapped: Write = (writer, next, random, name) => {
  writer.branchIf(0, `${name}.end`);
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  writer.epilogue();
  writer.label(`${name}.end`);
  writer.work(random.between(1, 3));
  writer.ret();
};
