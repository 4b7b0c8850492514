import type { Architecture } from '../../engine/index.ts';
import type { Attribution } from '../exec/attribution.ts';
import type { AttributedFailure } from '../exec/exec-report.ts';
import type { ExecFailure } from '../exec/result.ts';
import type { LoadedImage } from '../loader/image.ts';
import { editText } from './directive-text.ts';
import type { Edit } from './edit.ts';
import { Evaluator } from './evaluate.ts';
import { type FunctionEvidence, mergeEvidence } from './evidence.ts';
import type { ExecFinding, InstructionPlace, NewFinding, ProposedChange } from './finding.ts';
import { type FunctionCfi, FunctionsCfi } from './function-cfi.ts';
import { FunctionCode } from './function-code.ts';
import type { RowPart } from './judge-row.ts';
import type { ExecFindingKind } from './kinds.ts';
import { type Repair, repairFunction } from './repair.ts';
import { runTimeAddress } from './run-time-address.ts';
import { truthText } from './truth-text.ts';
import { failureFinding, joinUnmended } from './unmended.ts';
import { withFingerprints } from './with-fingerprints.ts';

/** Failures of executions of one image, and what the stops of their functions showed. */
export interface FindingsInput {
  readonly image: LoadedImage;
  readonly failures: readonly AttributedFailure[];
  /** Of as many executions as there were; those of the same function are joined. */
  readonly evidence: Iterable<FunctionEvidence>;
  /** Who is to blame, were a failure's row known to contradict the execution. */
  attribute(failure: ExecFailure): Attribution;
}

/** A failure and where in its function its row was looked up. */
export interface PlacedFailure {
  readonly failure: AttributedFailure;
  readonly cfi: FunctionCfi | undefined;
  /** Bytes from the start of the FDE's range. */
  readonly offsets: readonly number[];
}

/** A finding and the failures it explains. */
export interface ExplainedFinding {
  readonly finding: ExecFinding;
  readonly failures: readonly AttributedFailure[];
}

/** What is wrong, made from what executions showed; as `explainFailures`. */
export function makeFindings(input: FindingsInput): ExecFinding[] {
  return explainFailures(input).map(({ finding }) => finding);
}

/**
 * What is wrong, made from what executions showed: one finding for each fault in a function's directives, with what
 * mends it, and one for each failure that none of them explains. What the program itself is to blame for is none.
 */
export function explainFailures(input: FindingsInput): ExplainedFinding[] {
  const { image, failures, evidence } = input;
  const functions = new FunctionsCfi(image);
  const placed = failures
    .filter(({ blame }) => blame !== 'program')
    .map((failure): PlacedFailure => {
      const addresses = failure.lookups.map((one) => runTimeAddress(image, failure, one));
      const cfi = addresses[0] === undefined ? undefined : functions.at(addresses[0]);
      return { failure, cfi, offsets: cfi === undefined ? [] : addresses.map((one) => Number(one - cfi.start)) };
    });
  const explained = new Set<AttributedFailure>();
  const made: MadeFinding[] = [];
  for (const one of mergeEvidence(evidence)) {
    const own = placed.filter(
      ({ cfi }) => cfi?.module === one.module && cfi.section === one.section && cfi.offset === one.fde,
    );
    const cfi = own[0]?.cfi;
    if (cfi?.fde === undefined) continue;
    const blamed = own.filter(({ failure }) => failure.blame !== 'engine');
    for (const found of functionFindings(input, cfi, one, blamed)) {
      made.push(found);
      for (const failure of found.failures) explained.add(failure);
    }
  }
  const rest = placed.filter(({ failure }) => !explained.has(failure));
  for (const joined of joinUnmended(rest)) {
    made.push({ finding: failureFinding(joined), failures: joined.map(({ failure }) => failure) });
  }
  made.sort(inOrder);
  const findings = withFingerprints(
    made.map(({ finding }) => finding),
    image,
  );
  return made.map(({ failures: own }, i) => ({ finding: findings[i]!, failures: own }));
}

interface MadeFinding {
  readonly finding: NewFinding;
  readonly failures: readonly AttributedFailure[];
}

function functionFindings(
  input: FindingsInput,
  cfi: FunctionCfi,
  { places }: FunctionEvidence,
  failures: readonly PlacedFailure[],
): MadeFinding[] {
  const { architecture, segments } = input.image;
  const evaluator = new Evaluator(cfi.fde!, places, architecture);
  const known = places.map(({ offset }) => offset);
  const code = new FunctionCode(architecture, segments, cfi.start, cfi.end, known);
  return repairFunction(evaluator, code).repairs.flatMap((repair) => {
    const isIn = (offset: number): boolean =>
      repair.places.some((start) => offset >= start && offset < start + (code.at(start)?.size ?? 1));
    const own = failures.filter(({ offsets }) => offsets.some(isIn));
    if (own.length === 0) return [];
    const finding = repairFinding(input, cfi, evaluator, code, repair, own);
    return [{ finding, failures: own.map(({ failure }) => failure) }];
  });
}

function repairFinding(
  { image, attribute }: FindingsInput,
  cfi: FunctionCfi,
  { places, architecture }: Evaluator,
  code: FunctionCode,
  repair: Repair,
  failures: readonly PlacedFailure[],
): NewFinding {
  const { offset, wrong, edits } = repair;
  const place = places.find((one) => one.offset === offset)!;
  const { loadBias } = image.modules[cfi.module]!;
  const linked = (at: number): string => hex(BigInt.asUintN(64, cfi.start + BigInt(at) - loadBias));
  const instructionPlace = (at: number): InstructionPlace => {
    const before = code.before(at);
    if (at === 0 || before === undefined) return { offset: at };
    return { offset: at, after: { address: linked(before.offset), text: textOf(before) } };
  };
  const here = failures.find(({ offsets }) => offsets.includes(offset)) ?? failures[0]!;
  const known = failures.find(({ failure }) => failure.blame === 'producer') ?? here;
  // One stop that does not tell leaves a failure undecided; all of them together have told.
  const { blame, reason } =
    known.failure.blame === 'producer' ? known.failure : attribute({ ...known.failure, contradiction: 'contradicts' });
  const at = code.at(offset);
  return {
    kind: edits.length === 0 ? 'unexplained-row' : kindOf(wrong),
    function: here.failure.function,
    module: here.failure.module,
    section: cfi.section,
    address: linked(offset),
    offset,
    instruction: at === undefined ? '' : textOf(at),
    row: here.failure.row,
    truth: wrong.map((part) => truthText(part, place, architecture)),
    changes: edits.map((edit) => changeOf(edit, architecture, instructionPlace)),
    instructions: repair.places.length,
    verdicts: failures.reduce((sum, one) => sum + one.failure.count, 0),
    unwinders: [...new Set(failures.map((one) => one.failure.unwinder))],
    example: here.failure.example.message,
    blame,
    reason,
  };
}

function changeOf(
  edit: Edit,
  architecture: Architecture,
  placeOf: (offset: number) => InstructionPlace,
): ProposedChange {
  const { action, instead } = edit;
  const directive = editText(edit, architecture);
  return {
    action,
    place: placeOf(edit.offset),
    ...(directive !== undefined && { directive }),
    ...(instead !== undefined && {
      instead: editText(instead, architecture)!,
      from: placeOf(instead.offset),
    }),
  };
}

/** By file and address, so that neither what ran first nor how often makes a difference. */
function inOrder({ finding: a }: MadeFinding, { finding: b }: MadeFinding): number {
  if (a.module !== b.module) return a.module < b.module ? -1 : 1;
  const difference = BigInt(a.address) - BigInt(b.address);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A finding has the kind of the part that does the most harm. */
function kindOf(wrong: readonly RowPart[]): ExecFindingKind {
  if (wrong.includes('unusable')) return 'unusable-row';
  if (wrong.includes('end')) return 'wrong-end';
  if (wrong.includes('cfa')) return 'wrong-cfa';
  if (wrong.includes('return-address')) return 'wrong-return-address';
  return wrong.includes('sign-state') ? 'wrong-sign-state' : 'wrong-register';
}

function textOf({ mnemonic, operands }: { readonly mnemonic: string; readonly operands: string }): string {
  return operands === '' ? mnemonic : `${mnemonic} ${operands}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
