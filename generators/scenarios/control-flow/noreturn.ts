import type { Scenario } from '../scenario.ts';
import { shapeScenario, type Write } from '../shape.ts';

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

export const noreturnScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'control-flow/noreturn-last',
    description: 'the last instruction is a call that does not return; another function follows at once',
    about:
      'A function ends in a call of one that never returns, so that the return address is the first address of the ' +
      'function behind it. Both the FDE and the row must be looked up at the return address minus one. Unwinders that ' +
      'take it as it is find the next function, whose entry row has nothing to do with the frame.',
    source: 'DWARF 5, section 6.4.4; real: opentelemetry-ebpf-profiler #1027',
    close: true,
    write: () => noreturnLast,
  }),
  shapeScenario({
    name: 'control-flow/noreturn-before-change',
    description: 'behind a call that does not return the row is another one',
    about:
      'Behind a call that never returns the function goes on with code that has no frame. The return address has the ' +
      "row of that code; the caller's is the one before. Unwinders that look up the FDE at the address minus one, but " +
      'execute its instructions up to the address itself, are wrong here and nowhere else.',
    source: 'DWARF 5, section 6.4.4; real: libunwind #54',
    bits: 1,
    write: () => noreturnBeforeChange,
  }),
];
