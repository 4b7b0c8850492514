import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { FrameStyle } from '../function/style.ts';
import type { FunctionWriter } from '../function/writer.ts';
import type { Feature } from '../program.ts';
import type { Random } from '../random.ts';
import { type Link, ordinary } from './chain.ts';
import { type ChainScenario, chainScenario } from './chain-scenario.ts';
import type { Scenario, ScenarioMode } from './scenario.ts';

/** Writes one function of a chain. */
export type Write = NonNullable<Link['write']>;

/** How the row behind a return comes back to what it was: as GCC or as LLVM says it. */
export type Resumption = 'restoreState' | 'redeclare';

/** Work, a call where there is a callee, and work again. */
export function body(writer: FunctionWriter, next: string | undefined, random: Random): void {
  writer.work(random.between(1, 3));
  if (next !== undefined) writer.call(next);
  writer.work(random.between(1, 3));
}

/** An epilogue with a return, behind which the frame is as before it. */
export function returnInBetween(writer: FunctionWriter, how: Resumption): void {
  const state = writer.state();
  if (how === 'restoreState') writer.row.remember();
  writer.epilogue();
  writer.ret();
  writer.resume(state, how);
}

/** A scenario whose programs are chains of functions of ordinary frames that all have one shape. */
export interface ShapeScenario extends Pick<ChainScenario, 'architectures' | 'place' | 'link'> {
  /** With its group. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Besides `callee-saved`. */
  readonly needs?: readonly Feature[];
  /** Selector bits each function branches on. Default: none. */
  readonly bits?: number;
  /** Default: 40 and 4. */
  readonly programs?: Readonly<Record<ScenarioMode, number>>;
  /** Some functions sign return addresses where the architecture has that: then the first is an ordinary one. */
  readonly signs?: boolean;
  /** Functions follow one another without a gap. */
  readonly close?: boolean;
  /** Alignment of functions that are not close. Default: 16. */
  readonly align?: number;
  /** What every frame has. */
  readonly style?: Partial<FrameStyle>;
  /** Number of functions. Default: 3 to 5. */
  readonly functions?: readonly [number, number];
  /** The way of writing one function; `first` is the entry. */
  write(random: Random, architecture: ArchitectureName, first: boolean): Write;
}

export function shapeScenario(plan: ShapeScenario): Scenario {
  const { needs = [], bits = 0, programs = { full: 20, quick: 1 }, functions = [3, 5] } = plan;
  return chainScenario({
    ...plan,
    needs: ['callee-saved', ...needs],
    bits,
    programs,
    links: (random, architecture) =>
      Array.from({ length: random.between(...functions) }, (_, i) => {
        const own = random.derive(i);
        const sign =
          plan.signs && architecture === 'aarch64' && own.chance(0.5) ? own.pick(['a', 'b'] as const) : undefined;
        return {
          style: { ...ordinaryStyle(own), ...(sign === undefined ? {} : { sign }), ...plan.style },
          write: i === 0 && plan.signs ? ordinary : plan.write(own, architecture, i === 0),
          align: plan.close ? (architecture === 'x86-64' ? 1 : 4) : (plan.align ?? 16),
        };
      }),
  });
}
