import { ByteReader } from '../../engine/dwarf/byte-reader.ts';
import type { Cie } from '../../engine/dwarf/cie.ts';
import type { Fde } from '../../engine/dwarf/fde.ts';
import { CfaKind, type FrameSection, formatRow, Row, RuleKind, UnwindError } from '../../engine/index.ts';
import { expressionProblem } from './expression-problem.ts';
import type { Finding, Findings } from './findings.ts';
import { type InstructionVisitor, visitInstructions } from './instructions.ts';
import { isRegister } from './registers.ts';

/** Looks at the instructions and the rows of every FDE of a section, one FDE at a time. */
export class RowCheck implements InstructionVisitor {
  readonly #section: FrameSection;
  readonly #findings: Findings;
  readonly #reader: ByteReader;
  readonly #machine: ReturnType<FrameSection['createMachine']>;
  readonly #row: Row;
  /** CIEs whose instructions have been looked at. */
  readonly #cies = new Set<number>();
  /** Positions of expressions that have been looked at. */
  readonly #looked = new Set<number>();
  #start = 0n;
  #depth = 0;
  #location = 0;
  #size = 0;
  #unbalanced = -1;
  #past = -1;

  constructor(section: FrameSection, findings: Findings) {
    this.#section = section;
    this.#findings = findings;
    this.#reader = new ByteReader(section.section.bytes, section.kind);
    this.#machine = section.createMachine();
    this.#row = new Row(section.architecture.columnCount);
  }

  fde(fde: Fde): void {
    const cie = fde.cie!;
    this.#start = join(fde.startLo, fde.startHi);
    this.#cie(cie);
    if (cie.problem !== undefined) return;
    this.#size = (fde.endHi - fde.startHi) * 2 ** 32 + (fde.endLo - fde.startLo);
    this.#visit(cie, fde.instructionsStart, fde.instructionsEnd);
    if (this.#past >= 0 && this.#size > 0) {
      const kind = this.#location > this.#size ? 'row-past-range' : 'row-at-end';
      this.#add(kind, this.#past, `a row begins ${this.#location} bytes into a function of ${this.#size}`);
    }
    if (this.#depth > 0 && this.#unbalanced < 0) {
      this.#add('state-left', fde.offset, `${this.#depth} remembered and never restored`);
    }
    this.#rows(fde, cie);
  }

  remember(): void {
    this.#depth++;
  }

  restore(offset: number): void {
    if (this.#depth > 0) this.#depth--;
    else if (this.#unbalanced < 0) this.#unbalanced = offset;
  }

  register(number: number, offset: number): void {
    const { architecture } = this.#section;
    if (isRegister(architecture, number)) return;
    this.#add('register-unknown', offset, `${architecture.name} has no DWARF register ${number}`);
  }

  advance(bytes: number, offset: number): void {
    if (this.#past >= 0) return;
    this.#location += bytes;
    if (this.#location >= this.#size) this.#past = offset;
  }

  /** The first FDE of a CIE stands for all: what is wrong with it is said once. */
  #cie(cie: Cie): void {
    if (this.#cies.has(cie.offset)) return;
    this.#cies.add(cie.offset);
    if (cie.problem !== undefined) {
      this.#broken(cie.problem);
      return;
    }
    this.#size = Number.POSITIVE_INFINITY;
    this.#visit(cie, cie.instructionsStart, cie.instructionsEnd);
  }

  #visit(cie: Cie, start: number, end: number): void {
    this.#depth = 0;
    this.#location = 0;
    this.#unbalanced = -1;
    this.#past = -1;
    this.#reader.window(start, end);
    try {
      visitInstructions(this.#reader, cie, this);
    } catch (error) {
      // Executed, it says the same.
      if (!(error instanceof UnwindError)) throw error;
    }
  }

  #rows(fde: Fde, cie: Cie): void {
    const machine = this.#machine;
    const row = this.#row;
    try {
      machine.start(fde, cie, this.#section.initialState(cie));
      let isReported = false;
      while (machine.runToNext()) {
        machine.fill(row);
        this.#expressions(row);
        if (isReported) continue;
        const problem = cfaProblem(row, this.#section);
        if (problem === undefined) continue;
        isReported = true;
        const address = join(row.startLo, row.startHi);
        const text = formatRow(row, this.#section.architecture);
        this.#add('cfa-impossible', fde.offset, `${problem}: ${text}`, address);
      }
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      this.#broken(error);
    }
  }

  #expressions(row: Row): void {
    if (row.cfaKind === CfaKind.expression) this.#expression(row, row.cfaLo, row.cfaHi, 0);
    for (let rule = 0; rule < row.ruleCount; rule++) {
      if (row.ruleKind[rule]! < RuleKind.expression) continue;
      this.#expression(row, row.ruleLo[rule]!, row.ruleHi[rule]!, 1);
    }
  }

  /** Each expression is looked at once, however many rows it is in; a CIE's belongs to all its FDEs. */
  #expression(row: Row, position: number, length: number, initial: number): void {
    if (this.#looked.has(position)) return;
    this.#looked.add(position);
    const problem = expressionProblem(row.bytes.subarray(position, position + length), initial);
    if (problem === undefined) return;
    this.#add('expression-broken', position, `${problem}: ${formatRow(row, this.#section.architecture)}`);
  }

  #broken(error: UnwindError): void {
    const isUnbalanced = this.#unbalanced >= 0 && error.offset === this.#unbalanced;
    const kind = isUnbalanced ? 'state-unbalanced' : 'instructions-broken';
    const { message, offset } = error;
    this.#add(kind, offset, message.slice(message.indexOf(': ') + 2));
  }

  #add(kind: Finding['kind'], offset: number, message: string, address = this.#start): void {
    const { kind: section } = this.#section;
    this.#findings.add({ kind, section, ...(offset >= 0 && { offset }), address, message });
  }
}

/** Why the caller's frame cannot begin where a row says; undefined where it can, or only the execution tells. */
function cfaProblem(row: Row, { architecture }: FrameSection): string | undefined {
  if (row.cfaKind === CfaKind.undefined) return 'no rule for the CFA';
  if (row.cfaKind !== CfaKind.registerOffset || row.cfaColumn !== architecture.sp) return undefined;
  const offset = signed(row.cfaLo, row.cfaHi);
  if (offset < 0) return 'below SP';
  const returnAddress = slotOf(row, row.returnColumn);
  if (returnAddress !== undefined && offset + returnAddress < 0) return 'the return address below SP';
  // The caller's SP is the CFA, unless a rule says otherwise.
  if (ruleOf(row, architecture.sp) >= 0) return undefined;
  const unit = architecture.name === 'x86-64' ? 8 : 16;
  return offset % unit === 0 ? undefined : `SP of the caller not a multiple of ${unit}`;
}

/** Distance from the CFA of the slot that a register is saved in; undefined where it is not in one. */
function slotOf(row: Row, column: number): number | undefined {
  const rule = ruleOf(row, column);
  if (rule < 0 || row.ruleKind[rule] !== RuleKind.offset) return undefined;
  return signed(row.ruleLo[rule]!, row.ruleHi[rule]!);
}

/** Index of a register's rule; -1 where it has none. */
function ruleOf(row: Row, column: number): number {
  const rule = row.ruleColumn.indexOf(column);
  return rule < row.ruleCount ? rule : -1;
}

/** Of two halves, as far as a number is exact. */
function signed(lo: number, hi: number): number {
  return (hi | 0) * 2 ** 32 + lo;
}

function join(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}
