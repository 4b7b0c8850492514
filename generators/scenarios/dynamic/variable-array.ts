import type { Random } from '../../random.ts';
import { type BodyWriter, bodyOf, dynamicLink, dynamicScenario } from './dynamic-scenario.ts';

/** A scope with an array of variable size: SP is kept in a slot above the array and comes back from it. */
function scope(body: BodyWriter, random: Random, inner: () => void): void {
  const { writer, machine } = body;
  const { sp } = machine;
  const [old, size, source] = random.shuffle(machine.scratch);
  const below = 16 * random.between(1, 6);
  writer.items.push(...machine.mask(size!, source!, 0xf0), machine.move(old!, sp), machine.lower(size!));
  writer.items.push(machine.add(sp, sp, -below), machine.store(sp, below - 8, old!));
  inner();
  writer.items.push(...machine.loadSp(below - 8, old!));
  writer.work(random.below(2));
}

/** Arrays of variable size whose memory is given back at the end of their scope. */
export const variableArray = dynamicScenario({
  name: 'variable-array',
  description: 'variable-length arrays in nested scopes; SP is saved before each and loaded back',
  about:
    'Each scope saves SP, lowers it by a number known at run time only, and loads it back at its end, as compilers do for ' +
    'variable-length arrays; scopes are nested and follow one another, and calls are made inside and outside. SP jumps up ' +
    'and down by one load while the rows stay as they are. Unwinders that simulate the code, and those that take an SP ' +
    'loaded from memory for a switch of stacks, lose their way.',
  source: 'C11, section 6.7.6.2; GCC and LLVM (llvm.stacksave), variable-length arrays',
  group: (random, architecture) => [
    dynamicLink(random, architecture, (body, next, own) => {
      const where = own.below(3);
      scope(body, own, () => {
        bodyOf(body.writer, where === 0 ? next : undefined, own);
        if (own.chance(0.6)) scope(body, own, () => bodyOf(body.writer, where === 1 ? next : undefined, own));
        else if (where === 1 && next !== undefined) body.writer.call(next);
      });
      if (own.chance(0.5)) scope(body, own, () => body.writer.work(own.between(1, 3)));
      bodyOf(body.writer, where === 2 ? next : undefined, own);
    }),
  ],
});
