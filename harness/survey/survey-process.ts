import type { Module } from '../../engine/index.ts';
import type { Stack } from '../../generators/program.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { ExecFailures } from '../exec/exec-failures.ts';
import { failedFunctions, gatherEvidence } from '../exec/gather-evidence.ts';
import type { ReadyProgram } from '../exec/load-file.ts';
import type { ExecFailure } from '../exec/result.ts';
import { Executor } from '../execution/executor.ts';
import { FunctionsCfi } from '../findings/index.ts';
import { FunctionSymbols } from '../loader/function-symbols.ts';
import type { LoadedImage } from '../loader/image.ts';
import { bytesAt } from '../loader/pages.ts';
import { Explainer } from '../runner/explain.ts';
import { JudgedUnwinder } from '../runner/judged-unwinder.ts';
import { RowBook } from '../runner/row-book.ts';
import type { Stop } from '../stop.ts';
import type { Invocation } from '../system/entry.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { type Arena, makeArena } from './arena.ts';
import { type CallArguments, describedArguments, guessArguments } from './choose-arguments.ts';
import { instructionOffsets } from './count-instructions.ts';
import { ExecutedCode } from './executed-code.ts';
import { packEvidence } from './packed-evidence.ts';
import type { FunctionResult, GatheredEvidence, SurveyCall, SurveyJob, SurveySettings } from './result.ts';
import { sharedUnwinder } from './shared-unwinder.ts';

/** Frames that may be unwound for each instruction of the limit; a call whose stacks are deeper ends. */
const framesPerInstruction = 20;
/** Bytes of the largest function whose instructions are counted. */
const largestFunction = 0x40_0000;
/** Failing calls of a function made again for evidence, and functions looked at in them. */
const mostCalls = 8;
const mostFunctions = 64;
/** The stack the functions run on. */
const stack: Stack = { name: 'main', start: 0x7ffd_0000_0000n, size: 0x10_0000, behind: 'nobody' };

/** The functions of a library ask the operating system, too. */
const invocation: Invocation = { arguments: [], environment: [] };

/** One process whose functions are called one after the other, each call from the same memory and processor state. */
export class SurveyProcess {
  readonly #settings: SurveySettings;
  readonly #image: LoadedImage;
  readonly #resolved: ReadonlyMap<bigint, bigint>;
  readonly #arena: Arena;
  readonly #executor: Executor;
  readonly #symbols: FunctionSymbols;
  readonly #modules: readonly Module[];
  readonly #functions: FunctionsCfi;
  readonly #explainer: Explainer;
  readonly #unwinders: readonly Unwinder[];

  constructor(
    program: ReadyProgram,
    settings: SurveySettings,
    emulators: EmulatorFactory,
    unwinders: readonly Unwinder[],
  ) {
    this.#settings = settings;
    this.#resolved = program.resolved ?? new Map();
    this.#arena = makeArena(program.image, settings.seed, settings.signatures);
    const image = { ...program.image, segments: [...program.image.segments, ...this.#arena.segments] };
    this.#image = image;
    const { threadPointer = 0n, given } = program;
    const system = { invocation, given };
    this.#executor = new Executor({ image, threadPointer, stacks: [stack], seed: settings.seed, emulators, system });
    this.#symbols = new FunctionSymbols(image);
    this.#modules = openModules(image, { lookup: 'list' });
    this.#functions = new FunctionsCfi(image);
    this.#explainer = new Explainer(image, this.#modules, new RowBook(this.#modules, image.architecture.columnCount));
    this.#unwinders = unwinders
      .filter((unwinder) => unwinder.applies?.(image) ?? true)
      .map((unwinder) => sharedUnwinder(unwinder, image));
  }

  /** Calls a function with every seed and has each instruction judged. */
  survey(job: SurveyJob): FunctionResult {
    const named = BigInt(job.address);
    const entry = job.isIndirect ? (this.#resolved.get(named) ?? 0n) : named;
    const sources = new Map(this.#unwinders.map((one) => [one.name, one.modules?.(this.#image) ?? []]));
    const failures = new ExecFailures(this.#image, sources, this.#symbols, this.#explainer);
    const judged = this.#unwinders.map((unwinder) => new JudgedUnwinder(unwinder, this.#image, [], failures));
    const size = job.isIndirect || job.size > largestFunction ? 0 : job.size;
    const code = size === 0 ? undefined : bytesAt(this.#image.segments, entry, size);
    const executed = new ExecutedCode(entry, code === undefined ? 0 : size);
    const failing: number[] = [];
    const calls = Array.from({ length: this.#settings.seeds }, (_, call) => {
      const before = countsOf(failures);
      const made = this.#call(job, entry, call, judged, executed, failures);
      const after = countsOf(failures);
      // Where a return address is overwritten, other saved registers may be: such a call is no witness.
      if (after.blamable > before.blamable && after.overwritten === before.overwritten) failing.push(call);
      return made;
    });
    const evidence = this.#evidence(job, entry, failing, failures);
    const result: FunctionResult = {
      calls,
      unwinders: judged.map((one) => {
        const { unwinder, verdicts } = one.result();
        return { unwinder, verdicts };
      }),
      failures: failures.groups,
      ...(evidence !== undefined && { evidence }),
    };
    if (code === undefined) return result;
    const offsets = instructionOffsets(this.#image.architecture.name, code, entry);
    return { ...result, coverage: { executed: executed.countAt(offsets), instructions: offsets.length } };
  }

  #call(
    job: SurveyJob,
    entry: bigint,
    call: number,
    judged: readonly JudgedUnwinder[],
    executed: ExecutedCode,
    failures: ExecFailures,
  ): SurveyCall {
    const { pc } = this.#image.architecture;
    const { text, outcome } = this.#execute(job, entry, call, (stop) => {
      executed.add(stop.registers[2 * pc]!, stop.registers[2 * pc + 1]!);
      failures.passing(stop);
      for (const one of judged) one.stop(stop, call);
    });
    failures.endOfCall(outcome);
    return { arguments: text, outcome: outcome.outcome, detail: outcome.detail, stops: outcome.executed };
  }

  #execute(job: SurveyJob, entry: bigint, call: number, onStop: (stop: Stop) => void) {
    const { limit, seeds } = this.#settings;
    const { integers, vectors, text } = this.#arguments(job, call);
    const outcome = this.#executor.run({
      run: { entry, start: 'call', arguments: integers, vectorArguments: vectors, signals: [] },
      index: job.number * seeds + call,
      limit,
      frameLimit: framesPerInstruction * limit,
      onStop,
    });
    return { text, outcome };
  }

  /** Makes failing calls again, for what they show; a function's result must not depend on what was called before it. */
  #evidence(
    job: SurveyJob,
    entry: bigint,
    failing: readonly number[],
    failures: ExecFailures,
  ): GatheredEvidence | undefined {
    if (failing.length === 0) return undefined;
    const failed = failedFunctions(failures.groups.filter(isBlamable), this.#image, this.#functions);
    if (failed.length === 0) return undefined;
    const looked = failed.slice(0, mostFunctions);
    const made = failing.slice(0, mostCalls);
    const evidence = gatherEvidence(looked, this.#image, this.#modules, (onStop) => {
      for (const call of made) this.#execute(job, entry, call, onStop);
    });
    return {
      packed: packEvidence(evidence),
      callsLeft: failing.length - made.length,
      functionsLeft: failed.length - looked.length,
    };
  }

  #arguments({ name }: SurveyJob, call: number): CallArguments {
    const { signatures, seed } = this.#settings;
    const own = `${seed}/survey/${name}/${call}`;
    const parameters = Object.hasOwn(signatures, name) ? signatures[name] : undefined;
    if (parameters === undefined) return guessArguments(this.#arena, own, call);
    return describedArguments(parameters, this.#arena, own);
  }
}

/** Failures of rows, and those of what the program has overwritten. */
function countsOf({ groups }: ExecFailures): { readonly blamable: number; readonly overwritten: number } {
  let blamable = 0;
  let overwritten = 0;
  for (const group of groups) {
    if (isBlamable(group)) blamable += group.count;
    else overwritten += group.count;
  }
  return { blamable, overwritten };
}

function isBlamable({ contradiction }: ExecFailure): boolean {
  return contradiction !== 'overwritten' && contradiction !== 'left';
}
