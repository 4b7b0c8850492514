import type { RunOutcome } from '../execution/outcome.ts';
import type { Explanation, FailureExample, Verdicts } from '../record/index.ts';
import type { RowFault } from './row-fault.ts';

/** What to execute; plain data that survives JSON. */
export interface ExecJob {
  /** Path of the ELF file. */
  readonly file: string;
  readonly function: string;
  /** As `parseArguments` reads them; without them, seeded small numbers. */
  readonly args?: string;
  readonly seed: string;
  /** Load bias, hexadecimal with the prefix 0x. */
  readonly bias?: string;
  /** Folders the libraries it depends on are looked for in before its own. */
  readonly libraryPath?: readonly string[];
  /** Most instructions to execute. */
  readonly limit: number;
}

/** The row at an address as text, in the form of `harness/oracles`. */
export interface RowText {
  readonly cfa: string;
  readonly rules: Readonly<Record<string, string>>;
}

/** Failing stops of one unwinder with the same function, CFI row and divergence. */
export interface ExecFailure {
  readonly unwinder: string;
  readonly verdict: 'fail' | 'missing' | 'error';
  /** The function whose row the failing step used. */
  readonly function: string;
  /** File name of the module it is in; empty where it is in none. */
  readonly module: string;
  /** The row, as reports print it; empty where nothing covers the address. */
  readonly row: string;
  /** The same row for comparison; null where there is none or it is unusable. */
  readonly rowText: RowText | null;
  /** Section it is from. */
  readonly section: string;
  readonly divergence: string;
  count: number;
  /** Distinct addresses the row was looked up at, as the file has them (without load bias), hexadecimal. */
  readonly lookups: string[];
  /** First address of the function, as the file has it. */
  readonly functionStart: string;
  contradiction: RowFault;
  readonly example: Omit<FailureExample, 'program'>;
}

/** Where an execution stood that did not come to its end: at the last instruction it executed or tried to. */
export interface LastPlace {
  readonly pc: string;
  readonly function: Explanation['place']['function'];
  readonly code: Explanation['code'];
}

/** What one unwinder made of the execution. */
export interface ExecVerdicts {
  readonly unwinder: string;
  readonly verdicts: Verdicts;
}

/** What executing a function gave; plain data that survives JSON. */
export interface ExecResult {
  readonly outcome: RunOutcome['outcome'];
  readonly detail: string;
  /** Decimal; absent where the function did not come to its end. */
  readonly exitStatus?: string;
  /** Absent where it finished. */
  readonly last?: LastPlace;
  readonly stops: number;
  /** Of them, those nobody was asked at, because unwinding such deep stacks had taken enough. */
  readonly unjudged: number;
  /** Frames of the deepest stack, and the mean over all stops. */
  readonly deepest: number;
  readonly meanDepth: number;
  readonly distinctPcs: number;
  /** In order of address; the name is an address where no symbol covers it. */
  readonly functions: readonly { readonly name: string; readonly stops: number }[];
  readonly unwinders: readonly ExecVerdicts[];
  readonly failures: readonly ExecFailure[];
  /** What could not be loaded or made ready. */
  readonly notes: readonly string[];
}

/** What a child answers: the result, or why the file could not be executed. */
export type ExecAnswer = { readonly result: ExecResult } | { readonly problem: string };
