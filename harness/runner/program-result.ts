import type { WrongProgramCounts } from '../mutants/counts.ts';
import type { EncodingCoverage, FailureExample, Verdicts } from '../record/index.ts';

/** Stops of one unwinder with the same verdict, CFI row and divergence, within a program. */
export interface FailureGroup {
  readonly unwinder: string;
  readonly verdict: 'fail' | 'missing' | 'error';
  readonly row: string;
  readonly divergence: string;
  count: number;
  /** Of the first stop; the parent adds the program's index. */
  readonly example: Omit<FailureExample, 'program'>;
}

/** Stops of one unwinder at which a function's row is wrong as it is known to be. */
export interface ProducerFaultGroup {
  readonly unwinder: string;
  readonly function: string;
  readonly row: string;
  readonly fault: string;
  /** Distinct addresses, hexadecimal. */
  readonly pcs: string[];
  count: number;
}

/** What one unwinder did with a program. */
export interface UnwinderResult {
  readonly unwinder: string;
  readonly verdicts: Verdicts;
  readonly unexpectedMissing: number;
  /** It ended its process, hung or was not asked at all: the program's stops are none of it. */
  readonly isLost?: true;
  /** Stops without a verdict: the answer follows a row that is known to be wrong. */
  readonly producerFaults: number;
  /** Of an unwinder that encodes what a program has. */
  readonly coverage?: EncodingCoverage;
  /** Spent unwinding and judging. */
  readonly seconds: number;
}

/** Everything a child tells about a program it ran; plain data that survives JSON. */
export interface ProgramResult {
  readonly sha256: string;
  readonly stops: number;
  readonly distinctPcs: number;
  readonly busiestPcStops: number;
  readonly executed: number;
  readonly emitted: number;
  readonly codeBytes: number;
  readonly paddingBytes: number;
  readonly registerPairs: { readonly compared: number; readonly differing: number };
  /** Digests of each distinct (row, caller's row) pair by content. */
  readonly rowPairs: readonly string[];
  /** The unwinders that can be used on the program. */
  readonly unwinders: readonly UnwinderResult[];
  readonly failures: readonly FailureGroup[];
  readonly producerFaults: readonly ProducerFaultGroup[];
  /** What became of forms of the program with wrong call frame information. */
  readonly wrong?: WrongProgramCounts;
  readonly seconds: number;
}
