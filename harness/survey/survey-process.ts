import type { Stack } from '../../generators/program.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { ExecFailures } from '../exec/exec-failures.ts';
import type { ReadyProgram } from '../exec/load-file.ts';
import { Executor, type SystemOptions } from '../execution/executor.ts';
import { FunctionSymbols } from '../loader/function-symbols.ts';
import type { LoadedImage } from '../loader/image.ts';
import { bytesAt } from '../loader/pages.ts';
import { Explainer } from '../runner/explain.ts';
import { JudgedUnwinder } from '../runner/judged-unwinder.ts';
import { RowBook } from '../runner/row-book.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { type Arena, makeArena } from './arena.ts';
import { type CallArguments, describedArguments, guessArguments } from './choose-arguments.ts';
import { instructionOffsets } from './count-instructions.ts';
import { ExecutedCode } from './executed-code.ts';
import type { FunctionResult, SurveyCall, SurveyJob, SurveySettings } from './result.ts';
import { sharedUnwinder } from './shared-unwinder.ts';

/** Frames that may be unwound for each instruction of the limit; deeper stacks than that on average take minutes. */
const framesPerInstruction = 20;
/** Bytes of the largest function whose instructions are counted. */
const largestFunction = 0x40_0000;
/** The stack the functions run on. */
const stack: Stack = { name: 'main', start: 0x7ffd_0000_0000n, size: 0x10_0000, behind: 'nobody' };

/** The functions of a library ask the operating system, too. */
const system: SystemOptions = { invocation: { arguments: [], environment: [] } };

/** One process whose functions are called one after the other, each call from the same memory and processor state. */
export class SurveyProcess {
  readonly #settings: SurveySettings;
  readonly #image: LoadedImage;
  readonly #resolved: ReadonlyMap<bigint, bigint>;
  readonly #arena: Arena;
  readonly #executor: Executor;
  readonly #symbols: FunctionSymbols;
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
    this.#arena = makeArena(program.image, settings.seed);
    const image = { ...program.image, segments: [...program.image.segments, this.#arena.segment] };
    this.#image = image;
    const { threadPointer = 0n } = program;
    this.#executor = new Executor({ image, threadPointer, stacks: [stack], seed: settings.seed, emulators, system });
    this.#symbols = new FunctionSymbols(image);
    const modules = openModules(image, { lookup: 'list' });
    this.#explainer = new Explainer(image, modules, new RowBook(modules, image.architecture.columnCount));
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
    const calls = Array.from({ length: this.#settings.seeds }, (_, call) =>
      this.#call(job, entry, call, judged, executed),
    );
    const result: FunctionResult = {
      calls,
      unwinders: judged.map((one) => {
        const { unwinder, verdicts } = one.result();
        return { unwinder, verdicts };
      }),
      failures: failures.groups,
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
  ): SurveyCall {
    const { limit, seeds } = this.#settings;
    const { pc } = this.#image.architecture;
    const { integers, vectors, text } = this.#arguments(job, call);
    let frames = 0;
    let unjudged = 0;
    const outcome = this.#executor.run({
      run: { entry, start: 'call', arguments: integers, vectorArguments: vectors, signals: [] },
      index: job.number * seeds + call,
      limit,
      onStop: (stop) => {
        executed.add(stop.registers[2 * pc]!, stop.registers[2 * pc + 1]!);
        frames += stop.depth;
        if (frames > framesPerInstruction * limit) unjudged++;
        else for (const one of judged) one.stop(stop, call);
      },
    });
    return { arguments: text, outcome: outcome.outcome, detail: outcome.detail, stops: outcome.executed, unjudged };
  }

  #arguments({ name }: SurveyJob, call: number): CallArguments {
    const { signatures, seed } = this.#settings;
    const own = `${seed}/survey/${name}/${call}`;
    const parameters = Object.hasOwn(signatures, name) ? signatures[name] : undefined;
    if (parameters === undefined) return guessArguments(this.#arena, own, call);
    return describedArguments(parameters, this.#arena, own, this.#image.architecture.name);
  }
}
