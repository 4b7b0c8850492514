import type { Architecture } from '../../../engine/architecture/index.ts';
import type { CfiDirective, Fde } from '../../../generators/cfi/index.ts';
import { resolveCie } from '../../../generators/cfi/resolve-cie.ts';
import { type Malformed, type ModelCfa, type ModelRow, type ModelRule, UnsayableError } from './row.ts';

interface State {
  readonly cfa: ModelCfa | undefined;
  readonly rules: ReadonlyMap<number, ModelRule>;
  readonly signState: number;
}

/** The rows of one FDE, each from an offset on. */
export interface RowTable {
  readonly fde: Fde;
  /** In order of their offsets; the last one may be malformed. */
  readonly rows: readonly { readonly from: number; readonly row: ModelRow | Malformed }[];
  at(offset: number): ModelRow | Malformed;
}

/**
 * Follows an FDE's directives one by one (DWARF 5, section 6.4.2). Throws `UnsayableError` where one of them has no
 * meaning the model knows.
 */
export function interpret(fde: Fde, architecture: Architecture): RowTable {
  const cie = resolveCie(fde.cie, architecture.name, '.eh_frame');
  const returnColumn = columnOf(cie.returnColumn, architecture);
  const reader = new Interpreter(architecture, returnColumn);
  const rows: { readonly from: number; readonly row: ModelRow | Malformed }[] = [];
  let at = 0;
  const note = (from: number, row: ModelRow | Malformed) => {
    if (rows.at(-1)?.from === from) rows.pop();
    rows.push({ from, row });
  };
  try {
    for (const directive of cie.initial) reader.follow(directive);
    reader.endOfCie();
    note(0, reader.row());
    for (const { offset, directive } of fde.directives) {
      at = offset;
      reader.follow(directive);
      note(offset, reader.row());
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    note(at, { malformed: error.message });
  }
  return { fde, rows, at: (offset) => rows.findLast(({ from }) => from <= offset)!.row };
}

class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

function columnOf(register: number, { dwarfToColumn }: Architecture): number {
  return dwarfToColumn[register] ?? -1;
}

class Interpreter {
  readonly #architecture: Architecture;
  readonly #returnColumn: number;
  #state: State = { cfa: undefined, rules: new Map(), signState: 0 };
  #initial: State | undefined;
  readonly #remembered: State[] = [];

  constructor(architecture: Architecture, returnColumn: number) {
    this.#architecture = architecture;
    this.#returnColumn = returnColumn;
  }

  row(): ModelRow {
    return { ...this.#state, returnColumn: this.#returnColumn };
  }

  endOfCie(): void {
    this.#initial = this.#state;
  }

  follow(directive: CfiDirective): void {
    switch (directive.kind) {
      case 'defCfa':
      case 'defCfaSf':
        this.#cfa({ column: this.#column(directive.register), offset: directive.offset });
        break;
      case 'defCfaRegister':
        this.#cfa({ ...this.#registerCfa(), column: this.#column(directive.register) });
        break;
      case 'defCfaOffset':
      case 'defCfaOffsetSf':
        this.#cfa({ ...this.#registerCfa(), offset: directive.offset });
        break;
      case 'defCfaExpression':
        this.#cfa({ expression: directive.expression });
        break;
      case 'offset':
      case 'offsetExtended':
      case 'offsetExtendedSf':
      case 'gnuNegativeOffsetExtended':
        this.#rule(directive.register, { kind: 'offset', offset: directive.offset });
        break;
      case 'valOffset':
      case 'valOffsetSf':
        this.#rule(directive.register, { kind: 'valOffset', offset: directive.offset });
        break;
      case 'register': {
        const column = this.#column(directive.source);
        if (column < 0) throw new UnsayableError(`a value in register ${directive.source}`);
        this.#rule(directive.register, { kind: 'register', column });
        break;
      }
      case 'expression':
      case 'valExpression':
        this.#rule(directive.register, { kind: directive.kind, expression: directive.expression });
        break;
      case 'undefined':
        this.#rule(directive.register, { kind: 'undefined' });
        break;
      case 'sameValue':
        this.#rule(directive.register, { kind: 'same' });
        break;
      case 'restore':
      case 'restoreExtended':
        this.#restore(directive.register);
        break;
      case 'rememberState':
        this.#remembered.push(this.#state);
        break;
      case 'restoreState':
        this.#state = this.#remembered.pop() ?? malformed('no state is remembered');
        break;
      case 'negateRaState':
        this.#changeSignState(this.#state.signState ^ 1);
        break;
      case 'setRaState':
        this.#changeSignState(directive.state === 2 ? 3 : directive.state);
        break;
      case 'negateRaStateWithPc':
        this.#changeSignState(this.#state.signState ^ 3);
        break;
      case 'nop':
      case 'advance':
      case 'argsSize':
        break;
      case 'raw':
        throw new UnsayableError('raw bytes in call frame information');
    }
  }

  #column(register: number): number {
    return columnOf(register, this.#architecture);
  }

  #cfa(cfa: ModelCfa): void {
    this.#state = { ...this.#state, cfa };
  }

  #registerCfa(): Extract<ModelCfa, { column: number }> {
    const { cfa } = this.#state;
    return cfa !== undefined && 'column' in cfa ? cfa : malformed('the CFA to change is no register and offset');
  }

  #rule(register: number, rule: ModelRule | undefined): void {
    const column = this.#column(register);
    if (column < 0) return;
    const rules = new Map(this.#state.rules);
    if (rule === undefined) rules.delete(column);
    else rules.set(column, rule);
    this.#state = { ...this.#state, rules };
  }

  #restore(register: number): void {
    const initial = this.#initial ?? malformed('a register is restored in a CIE');
    const column = this.#column(register);
    this.#rule(register, initial.rules.get(column));
    if (column >= 0 && column === this.#architecture.signState) {
      this.#state = { ...this.#state, signState: initial.signState };
    }
  }

  #changeSignState(signState: number): void {
    const { signState: column } = this.#architecture;
    if (column < 0) malformed('there are no signed return addresses');
    if (this.#state.rules.has(column)) malformed('RA_SIGN_STATE has a rule and is changed by an opcode');
    if (signState === 2) malformed('signed with PC, but not with SP');
    this.#state = { ...this.#state, signState };
  }
}

function malformed(why: string): never {
  throw new MalformedError(why);
}
