import { Random } from '../../generators/random.ts';
import type { WithPackages } from '../package-source.ts';
import { type BenchOnStack, type BenchPath, type BenchReport, benchSchema } from '../record/bench.ts';
import type { Contender } from './bench-stack.ts';
import { contenders } from './contenders/registry.ts';
import { machine, versions } from './machine.ts';
import { fullEffort, quickEffort } from './measure/interleave.ts';
import { measureAblation } from './parts/ablation.ts';
import { measureEncodings } from './parts/encodings.ts';
import { measureNativeRatios } from './parts/native-ratios.ts';
import { capturePath, measureStack, type StackResult } from './parts/paths.ts';
import { measureSeries } from './parts/series.ts';
import { measureSection } from './section/measure-section.ts';
import type { Library } from './stack/library.ts';
import { stacksOfGenerated, stacksOfLibrary } from './stack/standard-stacks.ts';

export interface BenchOptions {
  readonly mode: BenchReport['mode'];
  /** Whose rows the second stack is made of; without one there is only that of generated functions. */
  readonly library?: Library | undefined;
  /** A user's own unwinder, measured beside the built-in paths. */
  readonly unwinder?: Contender | undefined;
  readonly withPackages?: WithPackages | undefined;
  readonly onProgress?: (doing: string) => void;
}

/**
 * Measures everything in this process. Throws `WrongWalk` where a path or the user's unwinder finds other frames than
 * were built, before anything is timed on that stack.
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { mode, library, unwinder, onProgress = () => {} } = options;
  const effort = mode === 'quick' ? quickEffort : fullEffort;
  // What walks in a series has been compiled for the paths already.
  const effortOfPoint = { ...effort, rounds: Math.ceil(effort.rounds / 2), warmUpMilliseconds: 40 };
  const random = new Random('plumbline bench');
  const all = unwinder === undefined ? contenders : [...contenders, unwinder];

  onProgress('building stacks');
  const generated = stacksOfGenerated(random.derive('generated'));
  const real = library === undefined ? undefined : stacksOfLibrary(library, random.derive('library'));
  onProgress('paths on the stack of generated functions');
  const onGenerated = measureStack(generated, all, effort);
  if (real !== undefined) onProgress(`paths on the stack of ${library!.module.name}`);
  const onLibrary = real === undefined ? undefined : measureStack(real, all, effort);
  const main = real ?? generated;
  onProgress('ablation');
  const ablation = measureAblation(main, random.derive('ablation'), { ...effort, warmUpMilliseconds: 100 });
  onProgress('series');
  const series = measureSeries(mode, main.stack, random.derive('series'), effortOfPoint);
  onProgress('encodings');
  const encodings = measureEncodings(main.stack, { ...effort, warmUpMilliseconds: 100 });
  onProgress('native unwinders');
  const native = await measureNativeRatios(random.derive('native'), effort, mode, options.withPackages);
  if (library !== undefined) onProgress(`every row of ${library.module.name}`);
  const section = library === undefined ? undefined : measureSection(library, mode === 'quick' ? 1 : 5);

  return {
    schema: benchSchema,
    mode,
    machine: machine(),
    versions: versions(),
    ...(library !== undefined && { library: { name: library.module.name, functions: library.functions } }),
    stacks: { generated: generated.shape, ...(real !== undefined && { library: real.shape }) },
    paths: paths(all, onGenerated, onLibrary),
    rewrite: (onLibrary ?? onGenerated).rewrite,
    ablation,
    series,
    bytesPerFrame: (onLibrary ?? onGenerated).bytesPerFrame,
    native,
    encodings,
    ...(section !== undefined && { section }),
  };
}

function paths(
  all: readonly Contender[],
  generated: StackResult,
  library: StackResult | undefined,
): Record<string, BenchPath> {
  const described = [...all.map(({ name, description }) => ({ name, description })), capturePath];
  return Object.fromEntries(
    described.map(({ name, description }) => {
      const onGenerated: BenchOnStack = generated.paths[name]!;
      const onLibrary = library?.paths[name];
      const stacks = { generated: onGenerated, ...(onLibrary !== undefined && { library: onLibrary }) };
      return [name, { description, ...(onLibrary ?? onGenerated), stacks }];
    }),
  );
}
