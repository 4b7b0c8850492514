import type { Blame } from '../exec/attribution.ts';
import type { ExecFindingKind } from './kinds.ts';

/** What to do with a directive to mend a finding. */
export interface ProposedChange {
  readonly action: 'add' | 'move' | 'replace' | 'remove';
  readonly place: InstructionPlace;
  /** In the assembler's syntax; absent where it is removed. */
  readonly directive?: string;
  /** The directive that is moved, replaced or removed, and behind which instruction it stands now. */
  readonly instead?: string;
  readonly from?: InstructionPlace;
}

/** Where a directive stands: behind an instruction, or at the function's start. */
export interface InstructionPlace {
  /** Bytes from the start of the function to where the directive takes effect. */
  readonly offset: number;
  /** The instruction before it; absent at the function's start. */
  readonly after?: { readonly address: string; readonly text: string };
}

/** What is wrong at one place of the call frame information, or with the engine. */
export interface ExecFinding {
  readonly kind: ExecFindingKind;
  /** The function, by its symbol; an address where there is none. */
  readonly function: string;
  /** File name of the module it is in; empty where it is in none. */
  readonly module: string;
  /** Section of the FDE; empty where nothing covers the place. */
  readonly section: string;
  /** The first instruction, in the order of addresses, whose row is wrong: address as in the file, and bytes from the function's start. */
  readonly address: string;
  readonly offset: number;
  /** Its text; empty where it cannot be disassembled. */
  readonly instruction: string;
  /** The row there, as the file has it. */
  readonly row: string;
  /** What the execution showed instead, a sentence for each part that is wrong. */
  readonly truth: readonly string[];
  /** What mends it; empty where nothing is proposed. */
  readonly changes: readonly ProposedChange[];
  /** Number of executed instructions whose row is wrong because of it, and of the verdicts. */
  readonly instructions: number;
  readonly verdicts: number;
  /** The engine's modes that stumbled. */
  readonly unwinders: readonly string[];
  /** One answer, as an example. */
  readonly example: string;
  readonly blame: Blame;
  readonly reason: string;
  /** Tells it from others in every build of the same source. */
  readonly fingerprint: string;
}

/** A finding before all are known that it is to be told from. */
export type NewFinding = Omit<ExecFinding, 'fingerprint'>;
