import { AddressSpace, Module, RuleSets, StackCursor } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchAblation } from '../../record/bench.ts';
import { ProgramHeaderSource } from '../baselines/program-header-source.ts';
import { everythingOn, type Switches } from '../baselines/switches.ts';
import type { BenchModule, BenchStack, Contender } from '../bench-stack.ts';
import { captureOfDeepStack, captureWithoutLimit } from '../contenders/capture.ts';
import { framePointer } from '../contenders/frame-pointer.ts';
import { locations } from '../contenders/locations.ts';
import { openModule, openPlain } from '../contenders/modules.ts';
import { cached, cursorContender, cursorSession, header } from '../contenders/stack-cursor.ts';
import { type Effort, measureInterleaved } from '../measure/interleave.ts';
import { measureContenders, openContenders } from '../measure/measure-contenders.ts';
import { evaluateSection } from '../section/evaluate-section.ts';
import { buildStack } from '../stack/build-stack.ts';
import type { StandardStacks } from '../stack/standard-stacks.ts';
import { syntheticModule, syntheticStack } from '../stack/synthetic-module.ts';

const manyModules = 64;
/** Functions of the module in which FDEs are looked for from the section's start. */
const scannedFunctions = 1000;
const earlyReturns = 3;

/** What each of the eight parts of the fast path brings by itself: exactly one is off, everything else as it is. */
export function measureAblation({ stack, deep }: StandardStacks, random: Random, effort: Effort): BenchAblation[] {
  const plain = (name: string, off: Partial<Switches> = {}): Contender =>
    cursorContender(name, '', (module) => openPlain(module, { ...everythingOn, ...off }));
  const noCies = { ciesKept: false, initialRulesKept: false };
  const unsearched = { headerKept: false, searched: false };
  const whole = { liveColumnsOnly: false, paddingSkipped: false };
  const scanned = syntheticStack(
    syntheticModule('scanned', { functions: scannedFunctions, saved: (i) => i % 7 }),
    random,
  );
  const remembering = { functions: 56, saved: (i: number) => i % 7, earlyReturns };
  const epilogues = syntheticStack(syntheticModule('epilogues', remembering), random);
  const modules = stackOverModules(random);
  const pair = (on: BenchStack, first: Contender, second: Contender): [number, number] => {
    const measured = measureContenders(on, [first, second], effort);
    return [measured.get(first.name)!.ratio.median, measured.get(second.name)!.ratio.median];
  };
  return [
    row(
      1,
      'capture stops when full',
      '32 addresses of a deep stack',
      'the rest walked as well',
      captures(deep, effort),
    ),
    row(2, 'rule cache', 'every lookup a hit', 'no cache', pair(stack, cached, header)),
    row(3, 'CIEs once', 'parsed and executed once', 'at every frame', pair(stack, plain('on'), plain('off', noCies))),
    row(
      4,
      'FDE search',
      `table of ${scannedFunctions.toLocaleString('en')} functions`,
      'read from the start of the section',
      pair(scanned, plain('on'), plain('off', unsearched)),
    ),
    row(
      5,
      'live columns, padding',
      `live columns copied, ${earlyReturns} states remembered`,
      'all columns copied, padding executed',
      pair(epilogues, plain('on'), plain('off', whole)),
    ),
    row(
      6,
      'module ranges',
      `${manyModules} modules, ranges sorted and kept`,
      'program headers of each gone through',
      pair(modules, header, throughProgramHeaders),
    ),
    interning(stack.modules[0]!),
    row(8, 'location tracking', 'values loaded on demand', 'every register loaded', pair(stack, locations, cached)),
  ];
}

function row(
  part: number,
  name: string,
  on: string,
  off: string,
  [onRatio, offRatio]: [number, number],
): BenchAblation {
  return { part, name, on, off, measure: 'time', onRatio, offRatio, factor: offRatio / onRatio };
}

function captures(deep: BenchStack, effort: Effort): [number, number] {
  const [unit] = openContenders(deep, [framePointer]);
  const limited = captureOfDeepStack('limited', deep);
  const unlimited = captureWithoutLimit('unlimited', deep, (module) => openModule(module, 'header'), true);
  const measured = measureInterleaved([unit!, limited, unlimited], effort);
  return [measured.get('limited')!.ratio.median, measured.get('unlimited')!.ratio.median];
}

/** Bytes that the rules of a module's rows take, row by row, and with each distinct set kept once. */
function interning(module: BenchModule): BenchAblation {
  const sets = new RuleSets(module.elf.architecture);
  const wordsOf = (ruleCount: number): number => 7 + 3 * ruleCount;
  let everyRow = 0;
  let distinct = 0;
  const { rows } = evaluateSection(module, (row) => {
    everyRow += 4 * wordsOf(row.ruleCount);
    const before = sets.count;
    sets.intern(row);
    if (sets.count > before) distinct += 4 * wordsOf(row.ruleCount);
  });
  const on = (distinct + rows * (sets.count <= 2 ** 16 ? 2 : 4)) / rows;
  const off = everyRow / rows;
  return {
    part: 7,
    name: 'rule sets interned',
    on: `${sets.count.toLocaleString('en')} sets for ${rows.toLocaleString('en')} rows, bytes a row`,
    off: 'the rules of every row kept',
    measure: 'bytes',
    onRatio: on,
    offRatio: off,
    factor: off / on,
  };
}

/** The frames go from module to module. */
function stackOverModules(random: Random): BenchStack {
  const modules = Array.from({ length: manyModules }, (_, i) =>
    syntheticModule(`module ${i}`, {
      functions: 8,
      saved: (k) => (k + i) % 7,
      loadBias: 0x5600_0000_0000n + BigInt(i) * 0x1000_0000n,
    }),
  );
  const sites = Array.from({ length: 2 * manyModules }, (_, i) => modules[i % manyModules]!.site(i % 8));
  return buildStack('modules', modules[0]!.elf.architecture, modules, random.shuffle(sites), random);
}

const throughProgramHeaders: Contender = {
  name: 'program-headers',
  description: 'module ranges worked out at every lookup',
  finds: 'registers',
  open(stack) {
    const { architecture, modules } = stack;
    const source = new ProgramHeaderSource(
      modules.map((module) => ({ ...module, module: openModule(module, 'header') })),
    );
    const everywhere = new Module('all', architecture, 0x1000n, 2n ** 63n, source);
    return cursorSession(new StackCursor(new AddressSpace(architecture, [everywhere])), stack);
  },
};
