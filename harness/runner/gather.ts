import type { ArchitectureName } from '../../engine/index.ts';
import type { FailureLine, FinalLine, ProducerFaultLine, ProgramLine, SummaryLine } from '../record/index.ts';
import type { Asking } from './asking.ts';
import { bearable, type Death, describeDeath } from './deaths.ts';
import { groupKey } from './failure-groups.ts';
import type { ProgramJob } from './plan.ts';
import type { FailureGroup, ProgramResult, UnwinderResult } from './program-result.ts';
import { Totals } from './totals.ts';

/** What became of a program: it was run, or it could not be, `at` a stop if that is known: one error of each unwinder. */
export type ProgramOutcome = { readonly result: ProgramResult } | { readonly problem: string; readonly at?: Asking };

export type GatheredProgram = ProgramOutcome & {
  readonly job: ProgramJob;
  /** Of unwinders without which the program was run again: one error of each. */
  readonly deaths?: readonly Death[];
  /** Unwinders that earlier programs have shown to be hopeless: one error of each, whatever the result says. */
  readonly notAsked?: readonly string[];
};

export interface Gathered {
  readonly programs: ProgramLine[];
  readonly failures: FailureLine[];
  readonly producerFaults: ProducerFaultLine[];
  readonly summaries: SummaryLine[];
  readonly final: FinalLine;
}

const nothing: Omit<ProgramResult, 'unwinders' | 'failures'> = {
  producerFaults: [],
  sha256: '',
  stops: 0,
  distinctPcs: 0,
  busiestPcStops: 0,
  executed: 0,
  emitted: 0,
  codeBytes: 0,
  paddingBytes: 0,
  registerPairs: { compared: 0, differing: 0 },
  rowPairs: [],
  seconds: 0,
};

/**
 * Sums up programs in the order they are given in; equal programs give equal lines but for `timing`. `unwinders` are
 * the names of those that were to be judged.
 */
export function gather(programs: readonly GatheredProgram[], unwinders: readonly string[], seconds: number): Gathered {
  const lines: ProgramLine[] = [];
  const failures = new Map<string, FailureLine>();
  const producerFaults: ProducerFaultLine[] = [];
  const scenarios = new Map<string, { architecture: ArchitectureName; scenario: string; totals: Totals }>();
  const architectures = new Map<ArchitectureName, Totals>();
  for (const program of programs) {
    const { architecture, scenario, index } = program.job;
    const result = withDeaths(program, unwinders);
    lines.push(programLine(program.job, result));
    const key = `${architecture} ${scenario}`;
    let entry = scenarios.get(key);
    if (entry === undefined) {
      entry = { architecture, scenario, totals: new Totals() };
      scenarios.set(key, entry);
    }
    entry.totals.add(result);
    let totals = architectures.get(architecture);
    if (totals === undefined) {
      totals = new Totals();
      architectures.set(architecture, totals);
    }
    totals.add(result);
    for (const group of result.failures) addFailure(failures, architecture, scenario, index, group);
    for (const group of result.producerFaults) {
      producerFaults.push({ kind: 'producer-fault', architecture, scenario, program: index, ...group });
    }
  }
  const passed = [...architectures.values()].every((totals) => totals.passed);
  return {
    programs: lines,
    failures: [...failures.values()],
    producerFaults,
    summaries: [...scenarios.values()].flatMap((entry) => summaryLines(entry, unwinders)),
    final: {
      kind: 'final',
      passed,
      architectures: Array.from(architectures, ([architecture, totals]) => ({
        architecture,
        ...totals.program(),
        unwinders: unwinders.flatMap((name) => totals.unwinder(name) ?? []),
      })),
      timing: {
        seconds,
        unwinders: Object.fromEntries(Array.from(architectures, ([name, totals]) => [name, totals.seconds()])),
      },
    },
  };
}

/** The result of a program, with an error of each unwinder that died or was not asked, in the order of `unwinders`. */
function withDeaths(program: GatheredProgram, unwinders: readonly string[]): ProgramResult {
  const { deaths = [], notAsked = [] } = program;
  const lost = [...deaths.map(({ unwinder }) => unwinder), ...notAsked];
  const isLeft = ({ unwinder }: { readonly unwinder: string }) => !lost.includes(unwinder);
  const result =
    'result' in program
      ? program.result
      : failed(
          program.problem,
          program.at,
          unwinders.filter((unwinder) => isLeft({ unwinder })),
        );
  if (lost.length === 0) return result;
  const judged = [...result.unwinders.filter(isLeft), ...lost.map(oneError)];
  return {
    ...result,
    unwinders: unwinders.flatMap((name) => judged.find(({ unwinder }) => unwinder === name) ?? []),
    failures: [
      ...deaths.map((death) => problemGroup(death.unwinder, death.how, describeDeath(death), death)),
      ...notAsked.map((unwinder) => problemGroup(unwinder, 'not asked', hopeless)),
      ...result.failures.filter(isLeft),
    ],
    producerFaults: result.producerFaults.filter(isLeft),
  };
}

const hopeless = `it has ended its process or hung in ${bearable} programs before`;

/** The result of a program that could not be run, or whose process died `at` a stop. */
function failed(problem: string, at: Asking | undefined, unwinders: readonly string[]): ProgramResult {
  return {
    ...nothing,
    unwinders: unwinders.map(oneError),
    failures: unwinders.map((unwinder) => problemGroup(unwinder, 'program', problem, at)),
  };
}

function oneError(unwinder: string): UnwinderResult {
  const verdicts = { pass: 0, fail: 0, missing: 0, error: 1 };
  return { unwinder, verdicts, unexpectedMissing: 0, isLost: true, producerFaults: 0, seconds: 0 };
}

function problemGroup(
  unwinder: string,
  divergence: string,
  message: string,
  { run, stop, pc }: Asking = { run: 0, stop: 0, pc: '0x0' },
): FailureGroup {
  return { unwinder, verdict: 'error', row: '', divergence, count: 1, example: { run, stop, pc, message } };
}

function programLine(job: ProgramJob, result: ProgramResult): ProgramLine {
  return {
    kind: 'program',
    architecture: job.architecture,
    scenario: job.scenario,
    index: job.index,
    sha256: result.sha256,
    stops: result.stops,
    distinctPcs: result.distinctPcs,
    rowPairs: result.rowPairs.length,
    busiestPcStops: result.busiestPcStops,
    executed: result.executed,
    emitted: result.emitted,
    codeBytes: result.codeBytes,
    paddingBytes: result.paddingBytes,
    registerPairs: result.registerPairs,
    unwinders: result.unwinders.map(({ seconds: _, isLost: __, ...answers }) => answers),
    timing: {
      seconds: result.seconds,
      unwinders: Object.fromEntries(result.unwinders.map(({ unwinder, seconds }) => [unwinder, seconds])),
    },
  };
}

function summaryLines(
  entry: { architecture: ArchitectureName; scenario: string; totals: Totals },
  unwinders: readonly string[],
): SummaryLine[] {
  const { architecture, scenario, totals } = entry;
  const seconds = totals.seconds();
  return unwinders.flatMap((name) => {
    const answers = totals.unwinder(name);
    if (answers === undefined) return [];
    return [{ kind: 'summary', architecture, scenario, ...answers, timing: { seconds: seconds[name] ?? 0 } }];
  });
}

function addFailure(
  failures: Map<string, FailureLine>,
  architecture: ArchitectureName,
  scenario: string,
  index: number,
  group: FailureGroup,
): void {
  const { unwinder, verdict, row, divergence, count, example } = group;
  const key = `${architecture} ${scenario}\0${groupKey(unwinder, verdict, row, divergence)}`;
  const known = failures.get(key);
  if (known === undefined) {
    failures.set(key, {
      kind: 'failure',
      architecture,
      scenario,
      unwinder,
      verdict,
      row,
      divergence,
      count,
      programs: 1,
      example: { program: index, ...example },
    });
  } else {
    known.count += count;
    known.programs++;
  }
}
