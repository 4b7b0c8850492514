import type { RunOutcome } from '../execution/outcome.ts';
import type { FunctionEvidence } from '../findings/evidence.ts';
import type { Explanation, FailureExample, Verdicts } from '../record/index.ts';
import type { RowFault } from './row-fault.ts';

/** The function by whose name a program is started at its entry point. */
export const startName = '_start';

/** What to execute; plain data that survives JSON. */
export interface ExecJob {
  /** Path of the ELF file. */
  readonly file: string;
  /** Without it, the file is entered at its entry point, as the kernel would start it. */
  readonly function?: string;
  /** What the started program is given as arguments behind its name. */
  readonly programArguments?: readonly string[];
  /** `NAME=VALUE`, the environment of the started program. */
  readonly environment?: readonly string[];
  /** Path of a file that standard input has. */
  readonly stdin?: string;
  /** A signal is delivered before so many-th instruction, and again and again. */
  readonly signalEvery?: number;
  /** Its handler has a stack of its own. */
  readonly signalStack?: true;
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

/** What the program wrote to a stream. */
export interface WrittenText {
  /** As UTF-8; at most the first 2^20 bytes. */
  readonly text: string;
  /** Bytes written in all. */
  readonly bytes: number;
}

/** What executing a function gave; plain data that survives JSON. */
export interface ExecResult {
  readonly outcome: RunOutcome['outcome'];
  readonly detail: string;
  /** Decimal; absent where the function did not come to its end. */
  readonly exitStatus?: string;
  /** Absent where it finished. */
  readonly last?: LastPlace;
  /** What it wrote; absent where that is nothing. */
  readonly stdout?: WrittenText;
  readonly stderr?: WrittenText;
  /** Signals that interrupted it, its own and those of `signalEvery`. */
  readonly signals: number;
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
  /** What the stops in the functions showed whose rows failed. */
  readonly evidence: readonly FunctionEvidence[];
  /** What could not be loaded or made ready. */
  readonly notes: readonly string[];
}

/** What a child answers: the result, or why the file could not be executed. */
export type ExecAnswer = { readonly result: ExecResult } | { readonly problem: string };
