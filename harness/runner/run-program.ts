import { createHash } from 'node:crypto';
import type { Program } from '../../generators/program.ts';
import { describeError } from '../describe-error.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { Executor } from '../execution/executor.ts';
import type { RunOutcome } from '../execution/outcome.ts';
import type { LoadedImage } from '../loader/image.ts';
import { loadProgram, type ProgramPhase } from '../loader/load-program.ts';
import { WrongPrograms } from '../mutants/wrong-programs.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { AskingTrace } from './asking.ts';
import { CodeIndex } from './code-index.ts';
import { Explainer } from './explain.ts';
import { FailureGroups } from './failure-groups.ts';
import { JudgedUnwinder } from './judged-unwinder.ts';
import { KnownFaults } from './known-faults.ts';
import type { ProgramResult } from './program-result.ts';
import { RowBook } from './row-book.ts';
import { StopStatistics } from './stop-statistics.ts';

export interface RunProgramOptions {
  readonly emulators: EmulatorFactory;
  readonly unwinders: readonly Unwinder[];
  /** Only this run of the program. */
  readonly run?: number;
  /** Only this stop of each run; the others are executed, but not judged. */
  readonly stop?: number;
  /** How many forms of the program with wrong call frame information the engine must fail on. Default: none. */
  readonly wrongForms?: number;
  /** Most instructions a run executes. */
  readonly limit?: number;
  /** Told, before each step that could end the process or hang, which it is. */
  readonly trace?: (doing: string) => void;
}

/** The engine without anything but what the file says: judged on wrong call frame information, too. */
const references = ['dwarf', 'dwarf-list'];
/** Far more than any run of a scenario needs. */
const defaultLimit = 1_000_000;
const SHF_EXECINSTR = 4;

/**
 * Executes a program's runs and has every unwinder judged at every stop. What goes wrong with the program as a whole (a
 * fault, a wrong result, code that never ran) counts as one error of each unwinder. Throws where the program cannot be loaded.
 */
export function runProgram(program: Program, options: RunProgramOptions): ProgramResult {
  const start = performance.now();
  const phases = loadProgram(program);
  const [{ image }] = phases as [ProgramPhase];
  const { architecture } = image;
  const index = new CodeIndex(
    image,
    phases.map((phase) => phase.image),
  );
  const modules = openModules(image, { lookup: 'list' });
  const rows = new RowBook(modules, architecture.columnCount);
  const statistics = new StopStatistics(index, rows, architecture);
  const explainer = new Explainer(image, modules, rows);
  const failures = new FailureGroups(architecture, statistics, rows, explainer);
  const known = new KnownFaults(program.producerFaults ?? [], modules);
  const trace = new AskingTrace(options.trace);
  const judged = options.unwinders.flatMap((unwinder) => {
    trace.asks(unwinder);
    const usable = usableOn(phases, unwinder);
    return usable === undefined ? [] : [new JudgedUnwinder(usable, image, program.needs, failures, known)];
  });
  trace.executes();
  const problem = (kind: string, message: string, run: number, stop: number, pc: bigint) => {
    for (const one of judged) one.error(kind, message, run, stop, pc);
  };

  const reference = judged.find(({ unwinder }) => references.includes(unwinder.name))?.unwinder;
  const wrong = wrongProgramsOf(program, image, reference, options.wrongForms);
  const exchange = (present: LoadedImage) => {
    const now = openModules(present, { lookup: 'list' });
    index.use(present);
    rows.use(now);
    explainer.use(present, now);
    trace.leave();
    for (const one of judged) {
      trace.asks(one.unwinder);
      one.update(present);
    }
    trace.executes();
  };
  execute(program, phases, options, statistics, judged, problem, exchange, wrong, trace);
  const isExecuted = (address: bigint) => {
    const at = index.indexOf(Number(address & 0xffffffffn), Number((address >> 32n) & 0xffffffffn));
    return at >= 0 && statistics.countAt(at) > 0;
  };
  let emitted = 0;
  let { paddingBytes } = program;
  for (const library of program.libraries ?? []) paddingBytes += library.paddingBytes;
  const skipped: bigint[] = [];
  for (const { phase, instructions } of codeOf(program, phases)) {
    index.use(phase.image);
    emitted += instructions.length;
    skipped.push(...instructions.filter((address) => !isExecuted(address)));
  }
  const isWhole = options.run === undefined && options.stop === undefined;
  trace.leave();
  for (const one of isWhole ? judged : []) {
    trace.asks(one.unwinder);
    one.rows(program.expectedRows ?? [], failures);
  }
  trace.executes();
  if (isWhole) for (const one of judged) one.endOfRuns();
  const judgedReference = judged.find((one) => one.unwinder === reference);
  // A replay is there to show one stop: what fails there by the right information shows nothing by wrong one.
  if (options.stop === undefined || judgedReference?.isPassing) {
    for (const { message, run, stop, pc } of wrong?.differences ?? []) {
      judgedReference?.error('wrong call frame information', message, run, stop, pc);
    }
  }
  if (isWhole && skipped.length > 0) {
    const places = skipped.slice(0, 8).map((address) => `0x${address.toString(16)}`);
    const message = `${skipped.length} of ${emitted} instructions were not executed: ${places.join(' ')}`;
    problem('not executed', `${message}${skipped.length > places.length ? ' …' : ''}`, 0, 0, skipped[0]!);
  }
  return {
    sha256: digestOf(program),
    stops: statistics.stops,
    distinctPcs: statistics.distinctPcs,
    busiestPcStops: statistics.busiestPcStops,
    executed: emitted - skipped.length,
    emitted,
    codeBytes: emitted === 0 ? 0 : codeBytes(phases),
    paddingBytes,
    registerPairs: { compared: statistics.comparedPairs, differing: statistics.differingPairs },
    rowPairs: statistics.pairDigests(),
    unwinders: judged.map((one) => one.result()),
    failures: failures.groups,
    producerFaults: known.groups,
    ...(wrong !== undefined && { wrong: wrong.counts() }),
    seconds: (performance.now() - start) / 1000,
  };
}

/** The unwinder, if it is for such programs; one that cannot even say that fails when it is to open the program. */
function usableOn(phases: readonly ProgramPhase[], unwinder: Unwinder): Unwinder | undefined {
  try {
    return phases.every(({ image }) => unwinder.applies?.(image) ?? true) ? unwinder : undefined;
  } catch (error) {
    const { name, description, lacks } = unwinder;
    const open = () => {
      throw error;
    };
    return { name, description, lacks, open };
  }
}

/** Programs of several files have none: wrong information is that of one file. */
function wrongProgramsOf(
  program: Program,
  image: LoadedImage,
  reference: Unwinder | undefined,
  count = 0,
): WrongPrograms | undefined {
  if (count === 0 || program.libraries !== undefined || program.frames === undefined || reference === undefined)
    return undefined;
  return new WrongPrograms(program, image, reference, count);
}

/** The instructions of a program and of its libraries, each with a phase in which they are in memory. */
function codeOf({ instructions, libraries = [] }: Program, phases: readonly ProgramPhase[]) {
  const [first] = phases;
  return [
    { phase: first!, instructions },
    ...libraries.map((library) => ({
      phase: phases.find((phase) => phase.libraries.has(library.name))!,
      instructions: library.instructions,
    })),
  ];
}

/** Of the program's file and those of its libraries. */
function digestOf({ image, libraries = [] }: Program): string {
  const hash = createHash('sha256').update(image);
  for (const library of libraries) hash.update(library.image);
  return hash.digest('hex');
}

function execute(
  program: Program,
  phases: readonly ProgramPhase[],
  options: RunProgramOptions,
  statistics: StopStatistics,
  judged: readonly JudgedUnwinder[],
  problem: (kind: string, message: string, run: number, stop: number, pc: bigint) => void,
  onExchange: (image: LoadedImage) => void,
  wrong: WrongPrograms | undefined,
  trace: AskingTrace,
): void {
  const [{ image }, ...later] = phases as [ProgramPhase, ...ProgramPhase[]];
  const { stacks, seed, walkEnds = [] } = program;
  const executor = new Executor({ image, later, stacks, seed, walkEnds, emulators: options.emulators });
  try {
    for (const [number, run] of program.runs.entries()) {
      if (options.run !== undefined && options.run !== number) continue;
      const outcome = executor.run({
        run,
        index: number,
        limit: options.limit ?? defaultLimit,
        onExchange,
        onStop: (stop) => {
          const isJudged = options.stop === undefined || options.stop === stop.index;
          wrong?.stop(stop, number, isJudged);
          if (!isJudged) return;
          statistics.add(stop);
          trace.arrive(number, stop);
          for (const one of judged) {
            trace.asks(one.unwinder);
            one.stop(stop, number);
          }
          trace.executes();
        },
      });
      const { executed } = outcome;
      if (outcome.outcome !== 'finished') problem(outcome.outcome, outcome.detail, number, executed, run.entry);
      else if (run.exitStatus !== undefined && exitStatus(outcome) !== run.exitStatus) {
        const message = `the run ended with ${exitStatus(outcome)}, expected ${run.exitStatus}`;
        problem('exit status', message, number, executed, run.entry);
      }
    }
  } catch (error) {
    problem('exception', describeError(error), 0, 0, 0n);
  } finally {
    executor.close();
  }
}

/** The `int` the run ended with. */
function exitStatus(outcome: RunOutcome): number {
  return Number(BigInt.asIntN(32, outcome.exitStatus ?? 0n));
}

function codeBytes(phases: readonly ProgramPhase[]): number {
  let bytes = 0;
  for (const { elf } of new Set(phases.flatMap(({ image }) => image.modules))) {
    for (const { flags, size } of elf.sections) if ((flags & SHF_EXECINSTR) !== 0) bytes += size;
  }
  return bytes;
}
