import { FrameBuffer } from '../../engine/index.ts';
import type { BenchStack, Contender, ContenderSession } from './bench-stack.ts';

/** A contender did not find what was built: there is nothing to time. */
export class WrongWalk extends Error {
  override readonly name = 'WrongWalk';
}

/**
 * Has a contender walk a stack and compares every frame with what was built: the PC of each must be known and right;
 * of those that find registers, SP and everything that is ever saved, too. Throws `WrongWalk` at the first difference.
 */
export function verify({ name, finds }: Contender, session: ContenderSession, stack: BenchStack): void {
  const { architecture, depth, truth } = stack;
  const { columnCount, columnNames, pc, sp, calleeSaved } = architecture;
  const frames = new FrameBuffer(architecture, depth + 2);
  frames.start(stack.registers);
  attempt(name, stack, () => session.record(frames));
  const problem = (text: string): never => {
    throw new WrongWalk(`${name} on ${stack.name}: ${text}`);
  };
  if (frames.count !== depth + 1) problem(`expected ${depth} callers, found ${frames.count - 1}`);
  const required = finds === 'registers' ? [pc, sp, ...calleeSaved] : [pc];
  for (let frame = 1; frame <= depth; frame++) {
    for (let column = 0; column < columnCount; column++) {
      const found = frames.value(frame, column);
      if (found === undefined) {
        if (required.includes(column)) problem(`frame ${frame}: ${columnNames[column]} is not known`);
      } else if (found !== truth.value(frame, column)) {
        const expected = truth.value(frame, column)!.toString(16);
        problem(`frame ${frame}: expected ${columnNames[column]} = 0x${expected}, found 0x${found.toString(16)}`);
      }
    }
  }
  const visited = attempt(name, stack, () => session.walk());
  if (visited !== depth) problem(`expected a walk of ${depth} callers, found ${visited}`);
}

/** What a contender does before it is timed; what it throws is a `WrongWalk` that says where. */
export function attempt<T>(contender: string, stack: Pick<BenchStack, 'name'>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new WrongWalk(`${contender} on ${stack.name}: it threw ${thrown}`, { cause: error });
  }
}
