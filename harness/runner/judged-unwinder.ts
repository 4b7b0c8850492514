import { UnwindError } from '../../engine/index.ts';
import type { ExpectedRow, Feature } from '../../generators/program.ts';
import { describeError } from '../describe-error.ts';
import type { Verdict } from '../judge/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { Stop } from '../stop.ts';
import type { Unwinder, UnwindSession } from '../unwinders/unwinder.ts';
import { AnswerJudge } from './answer-judge.ts';
import type { Failure, FailureGroups, FailureSink } from './failure-groups.ts';
import type { KnownFaults } from './known-faults.ts';
import type { UnwinderResult } from './program-result.ts';
import { RowBook } from './row-book.ts';

/** Why there are no answers: the unwinder failed, or it refused the file's call frame information. */
export const openingProblems = {
  failed: 'the unwinder cannot open the program',
  refused: 'the unwinder refuses the program',
} as const;

/** One unwinder at work on one program: asks it at every stop, has it judged and counts. */
export class JudgedUnwinder {
  readonly unwinder: Unwinder;
  #image: LoadedImage;
  readonly #judge: AnswerJudge;
  #session: UnwindSession | undefined;
  /** Of what the program began with. */
  readonly #coverage: UnwindSession['coverage'];
  readonly #failures: FailureSink;
  readonly #known: KnownFaults | undefined;
  /** It declares to lack something the program needs, other than registers, which it is then not asked for. */
  readonly #excused: boolean;
  readonly #verdicts = { pass: 0, fail: 0, missing: 0, error: 0 };
  #unexpectedMissing = 0;
  #producerFaults = 0;
  #milliseconds = 0;

  /** `known`: wrong rows of the program, whose failures are counted apart. */
  constructor(
    unwinder: Unwinder,
    image: LoadedImage,
    needs: readonly Feature[],
    failures: FailureSink,
    known?: KnownFaults,
  ) {
    this.unwinder = unwinder;
    this.#image = image;
    this.#judge = new AnswerJudge(unwinder, image.architecture, needs);
    this.#failures = failures;
    this.#known = known;
    this.#excused = needs.some((feature) => feature !== 'callee-saved' && unwinder.lacks.includes(feature));
    this.#session = this.#open(image);
    this.#coverage = this.#session?.coverage;
  }

  /** The program consists of other modules from now on. */
  update(image: LoadedImage): void {
    if (image === this.#image) return;
    this.#image = image;
    if (this.#session?.update === undefined) {
      this.#session = this.#open(image);
      return;
    }
    try {
      this.#session.update(image);
    } catch (error) {
      this.#session = undefined;
      this.#refuse(error);
    }
  }

  /** Unwinds at a stop of a run and counts the verdict. */
  stop(stop: Stop, run: number): void {
    if (this.#session === undefined) return;
    const start = performance.now();
    const verdict = this.#judge.ask(this.#session, stop);
    this.#milliseconds += performance.now() - start;
    if (verdict === 'pass') this.#verdicts.pass++;
    else this.#count(verdict, stop, run);
  }

  /**
   * Judges the rows an unwinder finds, once for each: only the engine in its modes, and what names its `modules`, has
   * rows; of the others they are missing, without that being a fault.
   */
  rows(expected: readonly ExpectedRow[], failures: Pick<FailureGroups, 'addRow'>): void {
    if (expected.length === 0 || this.#session === undefined) return;
    const { modules } = this.unwinder;
    if (modules === undefined) {
      this.#verdicts.missing += expected.length;
      return;
    }
    try {
      const book = new RowBook(modules.call(this.unwinder, this.#image), this.#image.architecture.columnCount);
      for (const one of expected) this.#row(one, book.textAt(one.at), failures);
    } catch (error) {
      this.error(openingProblems.failed, describeError(error), 0, 0, 0n);
    }
  }

  /** Counts an error that concerns the program, not one of its stops. */
  error(kind: string, message: string, run: number, stop: number, pc: bigint): void {
    this.#verdicts.error++;
    this.#failures.addProblem(this.unwinder.name, kind, message, run, stop, pc);
  }

  /** Makes errors of the known faults that did not show, if they must show in what this unwinder reads. */
  endOfRuns(): void {
    if (this.#known === undefined || this.#excused || this.unwinder.modules === undefined) return;
    for (const { at, kind, row } of this.#known.unseen(this.unwinder.name)) {
      const message = `the known fault ${kind} of the row ${row} does not show at 0x${at.toString(16)}`;
      this.error('known fault not seen', message, 0, 0, at);
    }
  }

  /** It has passed at every stop so far. */
  get isPassing(): boolean {
    const { fail, missing, error } = this.#verdicts;
    return fail + missing + error === 0;
  }

  result(): UnwinderResult {
    const coverage = this.#coverage;
    return {
      unwinder: this.unwinder.name,
      verdicts: this.#verdicts,
      unexpectedMissing: this.#unexpectedMissing,
      producerFaults: this.#producerFaults,
      ...(coverage !== undefined && { coverage }),
      seconds: this.#milliseconds / 1000,
    };
  }

  #row({ at, row }: ExpectedRow, found: string, failures: Pick<FailureGroups, 'addRow'>): void {
    if (found === row) this.#verdicts.pass++;
    else if (this.#excused) this.#verdicts.missing++;
    else {
      this.#verdicts.fail++;
      failures.addRow(this.unwinder.name, at, found, row);
    }
  }

  #open(image: LoadedImage): UnwindSession | undefined {
    try {
      return this.unwinder.open(image);
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  /** It is asked nothing more of this program, or until that has other modules. */
  #refuse(error: unknown): void {
    const kind = isAboutFile(error) ? openingProblems.refused : openingProblems.failed;
    this.error(kind, describeError(error), 0, 0, 0n);
  }

  #count(verdict: Exclude<Verdict, 'pass'>, stop: Stop, run: number): void {
    if (this.#excused && verdict !== 'error') {
      this.#verdicts.missing++;
      return;
    }
    const { frames, problem } = this.#judge;
    const divergence = verdict === 'error' ? undefined : this.#judge.divergence;
    const failure: Failure = { unwinder: this.unwinder.name, verdict, divergence, problem, stop, frames, run };
    if (this.#known?.add(failure)) {
      this.#producerFaults++;
      return;
    }
    this.#verdicts[verdict]++;
    if (verdict === 'missing') this.#unexpectedMissing++;
    this.#failures.add(failure);
  }
}

/** What the engine does not implement is no fault of the file. */
function isAboutFile(error: unknown): boolean {
  const cause = error instanceof Error && !(error instanceof UnwindError) ? error.cause : error;
  return cause instanceof UnwindError && cause.kind !== 'unsupported';
}
