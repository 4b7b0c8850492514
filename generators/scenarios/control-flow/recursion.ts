import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { decrementSelector, ifSelectorIs, setSelector } from '../selector.ts';
import type { Write } from '../shape.ts';

/** Calls the next function with the selector set to a depth. */
function start(architecture: ArchitectureName, depth: number): Write {
  return (writer, next, random) => {
    writer.prologue();
    writer.overwrite();
    writer.items.push(...setSelector(architecture, depth));
    writer.work(random.below(2));
    if (next !== undefined) writer.call(next);
    writer.work(1);
    writer.epilogue();
    writer.ret();
  };
}

/** One level: calls `again`, or `base` once the selector is 0; without a base it calls `again` in any case. */
function level(
  architecture: ArchitectureName,
  writer: FunctionWriter,
  random: Random,
  name: string,
  again: string,
  base: string | undefined,
): void {
  writer.prologue();
  writer.overwrite();
  if (base !== undefined) writer.items.push(...ifSelectorIs(architecture, 0, `${name}.base`));
  writer.items.push(...decrementSelector(architecture));
  writer.call(again);
  if (base !== undefined) {
    writer.jump(`${name}.out`);
    writer.label(`${name}.base`);
    writer.call(base);
    writer.label(`${name}.out`);
  }
  writer.work(random.between(1, 2));
  writer.epilogue();
  writer.ret();
}

const source = 'DWARF 5, section 6.4; the same function at many depths';

export const recursionScenarios: readonly Scenario[] = [
  chainScenario({
    name: 'control-flow/recursion',
    description: 'a function that calls itself, each level with other register values',
    about:
      'One function is on the stack many times, at the same return address with different values of every saved ' +
      'register. Each level must give its own. Unwinders that take an equal PC for a loop and end the walk, or cache ' +
      'values where they mean to cache rules, are wrong from the second level on.',
    source,
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 6, quick: 1 },
    links: (random, architecture) => [
      { style: ordinaryStyle(random.derive(0)), write: start(architecture, random.between(5, 16)) },
      {
        style: ordinaryStyle(random.derive(1)),
        write: (writer, next, own, name) => level(architecture, writer, own, name, name, next),
      },
      { style: ordinaryStyle(random.derive(2)) },
    ],
  }),
  chainScenario({
    name: 'control-flow/mutual-recursion',
    description: 'two functions of different frames that call each other',
    about:
      'Two functions with different frames alternate on the stack, so that every step uses another row than the one ' +
      'before. Unwinders that keep the last function at hand, or caches in which two addresses share a slot, must ' +
      'change at every single frame.',
    source,
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 6, quick: 1 },
    links: (random, architecture) => [
      // Only the first of the two asks whether it is the last: it must see the 0.
      { style: ordinaryStyle(random.derive(0)), write: start(architecture, 2 * random.between(3, 8)) },
      {
        style: ordinaryStyle(random.derive(1)),
        write: (writer, next, own, name) => level(architecture, writer, own, name, next!, 'function3'),
      },
      {
        style: ordinaryStyle(random.derive(2)),
        write: (writer, _next, own, name) => level(architecture, writer, own, name, 'function1', undefined),
      },
      { style: ordinaryStyle(random.derive(3)) },
    ],
  }),
  chainScenario({
    name: 'control-flow/deep-recursion',
    description: 'more than 200 frames on one stack',
    about:
      'A small function calls itself more than two hundred times. The walk must get to the outermost frame, with every ' +
      'register right. Unwinders with a fixed number of frames, such as the 128 of many profilers, end too early; the ' +
      'truth says where the end is.',
    source: 'DWARF 5, section 6.4; profilers with a bound of 127 or 128 frames',
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 2, quick: 0 },
    links: (random, architecture) => {
      const small = { ...ordinaryStyle(random.derive(1)), saved: 1, locals: 0 };
      return [
        { style: ordinaryStyle(random.derive(0)), write: start(architecture, random.between(200, 220)) },
        {
          style: small,
          write: (writer, next, own, name) => level(architecture, writer, own, name, name, next),
        },
        { style: ordinaryStyle(random.derive(2)) },
      ];
    },
  }),
];
