import type { Architecture, FrameBuffer } from '../../engine/index.ts';
import type { Feature, Program } from '../../generators/program.ts';
import { disassemble } from '../disassembly/index.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { Executor } from '../execution/executor.ts';
import { FunctionSymbols, type LoadedImage } from '../loader/index.ts';
import { loadProgram, type ProgramPhase } from '../loader/load-program.ts';
import type { CaseExplanation, CaseFrame } from '../record/index.ts';
import { AnswerJudge } from '../runner/answer-judge.ts';
import { AskingTrace } from '../runner/asking.ts';
import { divergenceMessage, expectedEnding } from '../runner/divergence-text.ts';
import { Explainer } from '../runner/explain.ts';
import { culprit, lookupAddress } from '../runner/failure-groups.ts';
import { RowBook } from '../runner/row-book.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import { openModules } from '../unwinders/engine.ts';
import type { Unwinder, UnwindSession } from '../unwinders/unwinder.ts';
import { type CodeNames, stackWords } from './stack-words.ts';
import { StoreHistory } from './store-history.ts';

/** Which stop of a program: by number, by the first arrival at an address, or else as `findStop` says. */
export interface CaseChoice {
  readonly run?: number;
  readonly stop?: number;
  readonly pc?: bigint;
}

const limit = 1_000_000;
/** Frames shown, innermost first, unless a later one diverges. */
const shownFrames = 6;

/**
 * Executes a program up to a stop and explains it; undefined where no such stop is executed. Without a choice it is the
 * first that the unwinder does not pass, or where it passes all, the first with the most frames.
 */
export function explainCase(
  program: Program,
  unwinder: Unwinder,
  choice: CaseChoice,
  emulators: EmulatorFactory,
  trace = new AskingTrace(undefined),
): CaseExplanation | undefined {
  const [first, ...later] = loadProgram(program) as [ProgramPhase, ...ProgramPhase[]];
  const { stacks, seed, runs, walkEnds = [] } = program;
  const executor = new Executor({ image: first.image, later, stacks, seed, walkEnds, emulators });
  trace.asks(unwinder);
  const asked = new AskedUnwinder(unwinder, first.image, program.needs, trace);
  trace.executes();
  const eachStop = (seen: (stop: Stop, run: number) => void, only = choice.run) => {
    for (const [index, run] of runs.entries()) {
      if (only !== undefined && only !== index) continue;
      const onExchange = (image: LoadedImage) => asked.update(image);
      executor.run({ run, index, limit, onExchange, onStop: (stop) => seen(stop, index) });
    }
  };
  try {
    const found = findStop(asked, choice, eachStop);
    if (found === undefined) return undefined;
    const history = new StoreHistory();
    let explanation: CaseExplanation | undefined;
    eachStop((stop, run) => {
      if (explanation !== undefined) return;
      history.add(stop);
      if (stop.index === found.stop) explanation = describe(asked, stop, run, history);
    }, found.run);
    return explanation;
  } finally {
    executor.close();
  }
}

/** An unwinder and what the program consists of at the moment. */
class AskedUnwinder {
  image: LoadedImage;
  readonly #unwinder: Unwinder;
  #session: UnwindSession;
  readonly #judge: AnswerJudge;
  readonly #trace: AskingTrace;

  constructor(unwinder: Unwinder, image: LoadedImage, needs: readonly Feature[], trace: AskingTrace) {
    this.image = image;
    this.#trace = trace;
    this.#unwinder = unwinder;
    this.#session = unwinder.open(image);
    this.#judge = new AnswerJudge(unwinder, image.architecture, needs);
  }

  update(image: LoadedImage): void {
    this.image = image;
    this.#trace.leave();
    this.#trace.asks(this.#unwinder);
    if (this.#session.update !== undefined) this.#session.update(image);
    else this.#session = this.#unwinder.open(image);
    this.#trace.executes();
  }

  /** What it answers at a stop; `frames` and `divergence` are those of the last question only. */
  ask(stop: Stop, run: number) {
    this.#trace.arrive(run, stop);
    this.#trace.asks(this.#unwinder);
    const verdict = this.#judge.ask(this.#session, stop);
    this.#trace.executes();
    const { frames, problem } = this.#judge;
    const isDivergent = verdict === 'fail' || verdict === 'missing';
    return { verdict, frames, problem, divergence: isDivergent ? this.#judge.divergence : undefined };
  }
}

function findStop(
  asked: AskedUnwinder,
  choice: CaseChoice,
  eachStop: (seen: (stop: Stop, run: number) => void) => void,
): { readonly run: number; readonly stop: number } | undefined {
  let first: { run: number; stop: number } | undefined;
  let deepest: { run: number; stop: number; depth: number } | undefined;
  eachStop((stop, run) => {
    if (first !== undefined) return;
    const here = { run, stop: stop.index };
    if (choice.stop !== undefined) {
      if (stop.index === choice.stop) first = here;
    } else if (choice.pc !== undefined) {
      if (readColumn(stop.registers, stop.architecture.pc) === choice.pc) first = here;
    } else {
      if (asked.ask(stop, run).verdict !== 'pass') first = here;
      if (deepest === undefined || stop.depth > deepest.depth) deepest = { ...here, depth: stop.depth };
    }
  });
  return first ?? deepest;
}

function describe(asked: AskedUnwinder, stop: Stop, run: number, history: StoreHistory): CaseExplanation {
  const { image } = asked;
  const { architecture } = image;
  const { verdict, frames, divergence, problem } = asked.ask(stop, run);
  const modules = openModules(image, { lookup: 'list' });
  const explainer = new Explainer(image, modules, new RowBook(modules, architecture.columnCount));
  const from = culprit(stop, divergence);
  const addresses = [lookupAddress(stop, undefined), ...(from === undefined ? [] : [lookupAddress(stop, from)])];
  const names = codeNames(image);
  const shown = Math.max(shownFrames, divergence?.frame ?? 0);
  const message = problem ?? (divergence && divergenceMessage(divergence, frames, stop));
  return {
    run,
    stop: stop.index,
    verdict,
    ...(message !== undefined && { message }),
    pc: `0x${readColumn(stop.registers, architecture.pc).toString(16)}`,
    depth: stop.depth,
    expectedEnding: expectedEnding(stop),
    actualEnding: frames.error === undefined ? frames.ending : `${frames.ending}: ${frames.error.message}`,
    listings: addresses.map((address) => {
      const { name, start, code } = explainer.listing(address);
      return { name, start: `0x${start.toString(16)}`, code };
    }),
    stack: stackWords(stop, history, names),
    frames: caseFrames(architecture, stop, frames, names).slice(0, shown),
    hidden: Math.max(0, Math.max(stop.depth, frames.count - 1) - shown),
  };
}

function caseFrames(architecture: Architecture, stop: Stop, frames: FrameBuffer, names: CodeNames): CaseFrame[] {
  const { pc, columnNames, columnCount } = architecture;
  const result: CaseFrame[] = [];
  let truth = stop.depth === 0 ? null : stop.callers;
  for (let frame = 1; truth !== null || frame < frames.count; frame++) {
    const expected: Record<string, string> = {};
    const actual: Record<string, string> = {};
    for (let column = 0; column < columnCount; column++) {
      const name = columnNames[column]!;
      if (truth === null || truth.compared[column] !== 1) continue;
      expected[name] = `0x${readColumn(truth.registers, column).toString(16)}`;
      const known = frame < frames.count ? frames.value(frame, column) : undefined;
      if (known !== undefined) actual[name] = `0x${known.toString(16)}`;
    }
    const known = frame < frames.count ? frames.value(frame, pc) : undefined;
    if (truth === null && known !== undefined) actual[columnNames[pc]!] = `0x${known.toString(16)}`;
    const at = truth === null ? known : readColumn(truth.registers, pc);
    const place = truth?.kind === 'sentinel' || at === undefined ? '' : names.place(at);
    result.push({ frame, kind: truth?.kind ?? 'none', place, expected, actual });
    truth = truth === null || frame === stop.depth ? null : truth.behind;
  }
  return result;
}

function codeNames(image: LoadedImage): CodeNames {
  const symbols = new FunctionSymbols(image);
  return {
    place(address) {
      // A return address may be behind its function's last instruction.
      const symbol = symbols.at(address) ?? symbols.at(address - 1n);
      return symbol === undefined
        ? `0x${address.toString(16)}`
        : `${symbol.name}+0x${(address - symbol.address).toString(16)}`;
    },
    instruction(address) {
      const segment = image.segments.find(
        (one) => one.executable && address >= one.address && address < one.address + BigInt(one.bytes.length),
      );
      if (segment === undefined) return 'an instruction';
      const offset = Number(address - segment.address);
      const [one] = disassemble(image.architecture.name, segment.bytes.subarray(offset, offset + 16), address);
      return one === undefined ? 'an instruction' : `${one.mnemonic} ${one.operands}`.trim();
    },
  };
}
