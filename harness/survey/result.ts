import type { ExecFailure, ExecVerdicts } from '../exec/result.ts';
import type { RunOutcome } from '../execution/outcome.ts';
import type { Signatures } from './signatures.ts';

/** What all children of a survey are told; plain data that survives JSON. */
export interface SurveySettings {
  readonly file: string;
  readonly libraryPath: readonly string[];
  /** Load bias, hexadecimal with the prefix 0x. */
  readonly bias?: string;
  readonly seed: string;
  /** Calls of each function. */
  readonly seeds: number;
  /** Most instructions of a call. */
  readonly limit: number;
  readonly signatures: Signatures;
}

/** A function to be called; plain data that survives JSON. */
export interface SurveyJob {
  readonly name: string;
  /** Load bias included, hexadecimal. */
  readonly address: string;
  readonly size: number;
  /** The address tells where the function is. */
  readonly isIndirect: boolean;
  /** Its place among all functions of the file: part of its seed. */
  readonly number: number;
}

/** One call of a function. */
export interface SurveyCall {
  readonly arguments: readonly string[];
  readonly outcome: RunOutcome['outcome'];
  /** Why it did not come to its end; the stops until then were judged like any. */
  readonly detail: string;
  readonly stops: number;
}

/** What calling a function gave. */
export interface FunctionResult {
  readonly calls: readonly SurveyCall[];
  /** Of the function itself, by linear disassembly of its symbol's size; absent where that is not known. */
  readonly coverage?: { readonly executed: number; readonly instructions: number };
  readonly unwinders: readonly ExecVerdicts[];
  readonly failures: readonly ExecFailure[];
  /** What the stops of failing calls showed of the functions whose rows failed; absent where none did. */
  readonly evidence?: GatheredEvidence;
}

/** Evidence, and how much of it was not gathered: it takes an execution more of each failing call. */
export interface GatheredEvidence {
  /** As `packEvidence` makes it. */
  readonly packed: string;
  /** Failing calls that were not executed again. */
  readonly callsLeft: number;
  /** Functions whose rows failed that were not looked at. */
  readonly functionsLeft: number;
}

/** What became of a function: the result, why there is none, or how the process that called it died. */
export type SurveyAnswer =
  | { readonly result: FunctionResult }
  | { readonly problem: string }
  | { readonly died: string };

/** What a child tells of itself once it is ready. */
export interface SurveyAbout {
  readonly emulator: string;
  /** What could not be loaded or made ready. */
  readonly notes: readonly string[];
}
