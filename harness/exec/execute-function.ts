import type { Stack } from '../../generators/program.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { Executor } from '../execution/executor.ts';
import { FunctionSymbols } from '../loader/function-symbols.ts';
import { CodeIndex } from '../runner/code-index.ts';
import { Explainer } from '../runner/explain.ts';
import { JudgedUnwinder } from '../runner/judged-unwinder.ts';
import { RowBook } from '../runner/row-book.ts';
import { readColumn } from '../truth/address.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { type Argument, parseArguments, placeArguments, smallArguments } from './arguments.ts';
import { ExecFailures } from './exec-failures.ts';
import type { ReadyProgram } from './load-file.ts';
import type { ExecJob, ExecResult, LastPlace } from './result.ts';

/** Frames that may be unwound for each instruction of the limit; deeper stacks than that on average take minutes. */
const framesPerInstruction = 20;

/** The stack the function runs on, like the main thread's of a Linux process. */
const stack: Stack = { name: 'main', start: 0x7ffd_0000_0000n, size: 0x20_0000, behind: 'nobody' };

export interface ExecuteFunctionOptions {
  readonly emulators: EmulatorFactory;
  readonly unwinders: readonly Unwinder[];
}

/**
 * Calls a function of a program in the emulator – `_start` is entered as the kernel would – and has every
 * unwinder judged at every instruction it and its callees execute. Throws `UnwindError` where there is no such
 * function or the call frame information as a whole cannot be opened.
 */
export function executeFunction(program: ReadyProgram, job: ExecJob, options: ExecuteFunctionOptions): ExecResult {
  const { image: loaded, threadPointer = 0n, resolved, notes = [] } = program;
  const symbols = new FunctionSymbols(loaded);
  const named = symbols.byName(job.function);
  const entry = (named.isIndirect ? resolved?.get(named.address) : undefined) ?? named.address;
  const { image, values } = placeArguments(loaded, argumentsOf(job), job.seed);
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
  const executor = new Executor({
    image,
    threadPointer,
    stacks: [stack],
    seed: job.seed,
    emulators: options.emulators,
  });
  try {
    const outcome = executor.run({
      run: {
        entry,
        start: job.function === '_start' ? 'jump' : 'call',
        arguments: values,
        signals: [],
      },
      index: 0,
      limit: job.limit,
      onStop: (stop) => {
        const at = index.indexOf(stop.registers[2 * pc]!, stop.registers[2 * pc + 1]!);
        if (at >= 0) counts[at]!++;
        lastPc = readColumn(stop.registers, pc);
        frames += stop.depth;
        deepest = Math.max(deepest, stop.depth);
        if (frames > framesPerInstruction * job.limit) unjudged++;
        else for (const one of judged) one.stop(stop, 0);
      },
    });
    return {
      outcome: outcome.outcome,
      detail: outcome.detail,
      ...(outcome.exitStatus !== undefined && { exitStatus: `${outcome.exitStatus}` }),
      ...(outcome.outcome !== 'finished' && { last: lastPlace(explainer, lastPc) }),
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
      notes,
    };
  } finally {
    executor.close();
  }
}

/** `_start` has none: the kernel passes what there is on the stack. */
function argumentsOf({ args, function: name, seed }: ExecJob): readonly Argument[] {
  if (args !== undefined) return parseArguments(args);
  return name === '_start' ? [] : smallArguments(seed);
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
