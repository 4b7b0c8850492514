import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FrameStyle } from '../../function/style.ts';
import type { DataBlock } from '../../link/index.ts';
import type { Feature, Stack } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { entryName } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import type { Scenario, ScenarioMode } from '../scenario.ts';

/** A coroutine: its functions begin with what `start`, `resume` and `yield` are called. */
export interface Coroutine {
  readonly number: number;
  readonly stack: Stack;
  /** Called to run it for the first time, until it yields. */
  readonly start: string;
  /** Called to go on with it, until it yields again or ends. */
  readonly resume: string;
  /** Called by it, to go back to whoever ran it. */
  readonly yield: string;
  /** The function it runs. */
  readonly body: string;
}

/** How coroutines are switched. */
export interface Switching {
  /** Behind the group. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  readonly needs: readonly Feature[];
  readonly programs: Readonly<Record<ScenarioMode, number>>;
  /** Who stands behind a coroutine's outermost frame. */
  behind(random: Random): Stack['behind'];
  /** The functions `start`, `resume` and `yield` of one, and what they store in. */
  write(
    random: Random,
    architecture: ArchitectureName,
    coroutine: Coroutine,
  ): { readonly functions: readonly CodeFunction[]; readonly data: readonly DataBlock[] };
  /** What all of them share. */
  shared?(random: Random, architecture: ArchitectureName): readonly CodeFunction[];
}

/** Programs of two or three coroutines, each started by the one before it, that yield and are resumed in turn. */
export function coroutineScenario(plan: Switching): Scenario {
  const name = `dynamic/${plan.name}`;
  const needs: readonly Feature[] = ['callee-saved', ...plan.needs];
  return {
    name,
    description: plan.description,
    about: plan.about,
    source: plan.source,
    architectures: ['x86-64', 'aarch64'],
    needs,
    count: (mode) => plan.programs[mode],
    generate(architecture, index, seed) {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const coroutines = Array.from({ length: random.between(2, 3) }, (_, i) =>
        coroutine(i + 1, random.derive(i), plan.behind(random.derive(`behind ${i}`))),
      );
      const placement = ordinaryPlacement(random);
      const written = coroutines.map((one) => plan.write(random.derive(one.start), architecture, one));
      const bodies = scripts(coroutines, random.derive('scripts')).map(([label, calls]) =>
        calling(label, calls, random.derive(label), architecture),
      );
      return buildProgram({
        scenario: name,
        needs,
        architecture,
        index,
        seed,
        placement: { ...placement, stacks: [...placement.stacks, ...coroutines.map(({ stack }) => stack)] },
        functions: [
          ...bodies,
          ...written.flatMap(({ functions }) => functions),
          ...(plan.shared?.(random.derive('shared'), architecture) ?? []),
        ],
        link: { entry: entryName, data: written.flatMap(({ data }) => data) },
        runs: (linked) => [{ entry: addressOf(linked, entryName), start: 'call', arguments: [], signals: [] }],
      });
    },
  };
}

function coroutine(number: number, random: Random, behind: Stack['behind']): Coroutine {
  const start = 0x7d00_0000_0000n + BigInt(number) * 0x10_0000_0000n + BigInt(random.below(0x1000)) * 0x1000n;
  return {
    number,
    stack: { name: `coroutine${number}`, start, size: 0x4000, behind },
    start: `start${number}`,
    resume: `resume${number}`,
    yield: `yield${number}`,
    body: `body${number}`,
  };
}

type Script = readonly [label: string, calls: readonly string[]];

/** What the entry and the coroutines' bodies call, one after the other. Each coroutine is started by the one before. */
function scripts(coroutines: readonly Coroutine[], random: Random): Script[] {
  const yields = coroutines.map((_, i) => random.between(i === coroutines.length - 1 ? 2 : 1, 3));
  const last = coroutines.at(-1)!;
  // All have been started once the first yields: then the entry may resume the last one itself.
  const taken = random.chance(0.6) ? 1 : 0;
  const made: Script[] = [];
  const first = coroutines[0]!;
  const direct = taken === 1 ? [last.resume] : [];
  made.push([entryName, [first.start, ...direct, ...repeated(first.resume, yields[0]!)]]);
  coroutines.forEach((one, i) => {
    const inner = coroutines[i + 1];
    const pause = random.chance(0.5) ? `pause${one.number}` : undefined;
    const pauses = repeated(pause ?? one.yield, yields[i]!);
    if (pause !== undefined) made.push([pause, [one.yield]]);
    if (inner === undefined) made.push([one.body, pauses]);
    else {
      const resumes = repeated(inner.resume, yields[i + 1]! - (inner === last ? taken : 0));
      made.push([one.body, [inner.start, ...random.shuffle([...pauses, ...resumes])]]);
    }
  });
  return made;
}

function repeated(label: string, times: number): string[] {
  return new Array<string>(times).fill(label);
}

/** An ordinary function that makes these calls. */
function calling(name: string, calls: readonly string[], random: Random, architecture: ArchitectureName): CodeFunction {
  const vectors = architecture === 'aarch64' && random.chance(0.5) ? 2 : 0;
  const style: FrameStyle = { ...ordinaryStyle(random), vectors };
  const writer = createWriter(architecture, style, random);
  writer.prologue();
  writer.overwrite();
  for (const label of calls) {
    writer.call(label);
    writer.work(random.below(2));
  }
  writer.epilogue();
  writer.ret();
  return { name, items: writer.items };
}
