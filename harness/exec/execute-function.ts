import { basename } from 'node:path';
import { UnwindError } from '../../engine/index.ts';
import type { Stack } from '../../generators/program.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { Executor } from '../execution/executor.ts';
import type { RunOptions } from '../execution/run-options.ts';
import { FunctionsCfi } from '../findings/index.ts';
import { FunctionSymbols } from '../loader/function-symbols.ts';
import type { LoadedImage } from '../loader/image.ts';
import { CodeIndex } from '../runner/code-index.ts';
import { Explainer } from '../runner/explain.ts';
import { JudgedUnwinder } from '../runner/judged-unwinder.ts';
import { RowBook } from '../runner/row-book.ts';
import type { Invocation } from '../system/entry.ts';
import type { Output } from '../system/standard-streams.ts';
import { readColumn } from '../truth/address.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { type Argument, parseArguments, placeArguments, smallArguments } from './arguments.ts';
import { ExecFailures } from './exec-failures.ts';
import { failedFunctions, gatherEvidence } from './gather-evidence.ts';
import type { ReadyProgram } from './load-file.ts';
import { type ExecJob, type ExecResult, type LastPlace, startName, type WrittenText } from './result.ts';
import { addSignalCode } from './signal-module.ts';

/** Frames that may be unwound for each instruction of the limit; deeper stacks than that on average take minutes. */
const framesPerInstruction = 20;

/** The stack the function runs on, like the main thread's of a Linux process. */
const stack: Stack = { name: 'main', start: 0x7ffd_0000_0000n, size: 0x20_0000, behind: 'nobody' };
/** What RLIMIT_STACK usually is, which a program that is started may count on. */
const startedSize = 0x80_0000;
/** The one of the signal handler of ours, where it is to have one. */
const signalStack: Stack = { name: 'signal', start: 0x7ffb_0000_0000n, size: 0x1_0000, behind: 'nobody' };

export interface ExecuteFunctionOptions {
  readonly emulators: EmulatorFactory;
  /** What standard input has. Default: nothing. */
  readonly input?: Uint8Array;
  readonly unwinders: readonly Unwinder[];
}

/**
 * Calls a function of a program in the emulator – `_start` is entered as the kernel would – and has every
 * unwinder judged at every instruction it and its callees execute. Throws `UnwindError` where there is no such
 * function or the call frame information as a whole cannot be opened.
 */
export function executeFunction(program: ReadyProgram, job: ExecJob, options: ExecuteFunctionOptions): ExecResult {
  const { image: loaded, threadPointer = 0n, notes = [], given } = program;
  const { address: entry, isStart } = placeToEnter(loaded, job, program.resolved);
  const { image: withArguments, values } = placeArguments(loaded, argumentsOf(job), job.seed);
  const { image, handler, trampoline } = addSignalCode(withArguments, job.seed);
  const symbols = new FunctionSymbols(image);
  const modules = openModules(image, { lookup: 'list' });
  const rows = new RowBook(modules, image.architecture.columnCount);
  const explainer = new Explainer(image, modules, rows);
  const unwinders = options.unwinders.filter((unwinder) => unwinder.applies?.(image) ?? true);
  const sources = new Map(unwinders.map((unwinder) => [unwinder.name, unwinder.modules?.(image) ?? modules]));
  const failures = new ExecFailures(image, sources, symbols, explainer);
  const judged = unwinders.map((unwinder) => new JudgedUnwinder(unwinder, image, [], failures));
  const index = new CodeIndex(image);
  const counts = new Uint32Array(index.size);
  const { pc } = image.architecture;
  let lastPc = entry;
  let frames = 0;
  let deepest = 0;
  let unjudged = 0;
  let signals = 0;
  const { signalEvery } = job;
  const executor = new Executor({
    image,
    threadPointer,
    stacks: [isStart ? { ...stack, size: startedSize } : stack, signalStack],
    seed: job.seed,
    emulators: options.emulators,
    system: { invocation: invocationOf(job), input: options.input ?? new Uint8Array(0), trampoline, given },
  });
  try {
    const run: Omit<RunOptions, 'onStop'> = {
      run: {
        entry,
        start: isStart ? 'jump' : 'call',
        arguments: values,
        signals: [],
      },
      ...(signalEvery !== undefined && {
        periodic: { every: signalEvery, handler, trampoline, ...(job.signalStack && { stack: signalStack.name }) },
      }),
      index: 0,
      limit: job.limit,
    };
    const outcome = executor.run({
      ...run,
      onStop: (stop) => {
        const at = index.indexOf(stop.registers[2 * pc]!, stop.registers[2 * pc + 1]!);
        if (at >= 0) counts[at]!++;
        lastPc = readColumn(stop.registers, pc);
        frames += stop.depth;
        deepest = Math.max(deepest, stop.depth);
        signals = stop.deliveries;
        failures.passing(stop);
        if (frames > framesPerInstruction * job.limit) unjudged++;
        else for (const one of judged) one.stop(stop, 0);
      },
    });
    failures.endOfCall(outcome);
    return {
      outcome: outcome.outcome,
      detail: outcome.detail,
      ...(outcome.exitStatus !== undefined && { exitStatus: `${outcome.exitStatus}` }),
      ...(outcome.outcome !== 'finished' && { last: lastPlace(explainer, lastPc) }),
      ...writtenTexts(executor),
      signals,
      stops: outcome.executed,
      unjudged,
      deepest,
      meanDepth: outcome.executed === 0 ? 0 : Math.round(frames / outcome.executed),
      distinctPcs: counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
      functions: reached(counts, index, symbols, explainer),
      unwinders: judged.map((one) => {
        const { unwinder, verdicts } = one.result();
        return { unwinder, verdicts };
      }),
      failures: failures.groups,
      evidence: gatherEvidence(
        failedFunctions(failures.groups, image, new FunctionsCfi(image)),
        image,
        modules,
        (onStop) => executor.run({ ...run, onStop }),
      ),
      notes,
    };
  } finally {
    executor.close();
  }
}

/**
 * Where a job begins: at a function, or at the entry point, which `_start` stands for as well where no symbol has that name.
 * `resolved`: where indirect functions are. Throws `UnwindError` `missing` where there is neither.
 */
export function placeToEnter(
  image: LoadedImage,
  { function: name = startName }: Pick<ExecJob, 'function'>,
  resolved?: ReadonlyMap<bigint, bigint>,
): { readonly address: bigint; readonly isStart: boolean } {
  const { elf, loadBias } = image.modules[0]!;
  const isStart = name === startName;
  const symbols = new FunctionSymbols(image);
  if (isStart && elf.entry !== 0n) return { address: BigInt.asUintN(64, elf.entry + loadBias), isStart };
  if (isStart && !symbols.has(startName)) {
    const expectation = 'expected an entry point, found 0: a library is entered at a function, by its name';
    throw new UnwindError('missing', 'ELF header', 0x18, expectation);
  }
  const named = symbols.byName(name);
  return { address: (named.isIndirect ? resolved?.get(named.address) : undefined) ?? named.address, isStart };
}

/** A started program has none: the kernel passes what there is on the stack. */
function argumentsOf({ args, function: name = startName, seed }: ExecJob): readonly Argument[] {
  if (args !== undefined) return parseArguments(args);
  return name === startName ? [] : smallArguments(seed);
}

/** Programs know themselves by the name of their file, so that the folder it is in makes no difference. */
function invocationOf({ file, programArguments = [], environment = [] }: ExecJob): Invocation {
  return { arguments: [basename(file), ...programArguments], environment };
}

function writtenTexts({ output }: Executor): Pick<ExecResult, 'stdout' | 'stderr'> {
  const text = ({ bytes, written }: Output): WrittenText => ({ text: new TextDecoder().decode(bytes), bytes: written });
  const { stdout, stderr } = output!;
  return {
    ...(stdout.written > 0 && { stdout: text(stdout) }),
    ...(stderr.written > 0 && { stderr: text(stderr) }),
  };
}

function lastPlace(explainer: Explainer, pc: bigint): LastPlace {
  const { code, start, name } = explainer.listing(pc);
  return { pc: `0x${pc.toString(16)}`, function: { name, start: `0x${start.toString(16)}` }, code };
}

/** Functions without a symbol are called by the first address their FDE covers. */
function reached(
  counts: Uint32Array,
  index: CodeIndex,
  symbols: FunctionSymbols,
  explainer: Explainer,
): { name: string; stops: number }[] {
  const functions = new Map<string, number>();
  counts.forEach((count, at) => {
    if (count === 0) return;
    const address = index.addressOf(at);
    const name = symbols.at(address)?.name ?? `0x${(explainer.coveredFrom(address) ?? address).toString(16)}`;
    functions.set(name, (functions.get(name) ?? 0) + count);
  });
  return Array.from(functions, ([name, stops]) => ({ name, stops }));
}
