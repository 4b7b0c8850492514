import type { CodeFunction, Instruction, Item } from '../../assembly/index.ts';
import { type CfiDirective, type CieOptions, cfi } from '../../cfi/index.ts';
import type { LinkedProgram } from '../../link/index.ts';
import type { ExpectedRow } from '../../program.ts';
import { addressOf } from '../build-program.ts';

const instructionSize = 4;
const sp = 31;
const x29 = 29;
const x30 = 30;

/** A return address that is signed: without `label` with SP only, else also with the PC of the instruction there. */
interface Signature {
  readonly label?: string;
}

/** What a row says. */
interface State {
  readonly cfaRegister: 'sp' | 'x29';
  readonly cfaOffset: number;
  /** x29 and x30 are saved at CFA - 16 and CFA - 8. */
  readonly saved: boolean;
  readonly signature: Signature | undefined;
}

/**
 * An AArch64 function that is never executed, and the row that holds at each of its instructions: written down as it is
 * emitted, apart from the directives that say so.
 */
export class UnexecutedFunction {
  readonly name: string;
  readonly #bKey: boolean;
  readonly #items: Item[] = [];
  readonly #states: State[] = [];
  #state: State = { cfaRegister: 'sp', cfaOffset: 0, saved: false, signature: undefined };

  constructor(name: string, bKey: boolean) {
    this.name = name;
    this.#bKey = bKey;
  }

  /** Bytes emitted so far. */
  get size(): number {
    return instructionSize * this.#states.length;
  }

  emit(...instructions: readonly Instruction[]): void {
    for (const instruction of instructions) {
      this.#items.push(instruction);
      this.#states.push(this.#state);
    }
  }

  label(name: string): void {
    this.#items.push({ label: name });
  }

  /** From here on the return address is signed, or is not. */
  signed(directive: CfiDirective, signature: Signature | undefined): void {
    this.#say({ signature }, directive);
  }

  /** The frame record was pushed, in a frame of so many bytes. */
  pushed(size: number): void {
    this.#say(
      { cfaOffset: size, saved: true },
      cfi.defCfaOffset(size),
      cfi.offset(x29, -size),
      cfi.offset(x30, 8 - size),
    );
  }

  /** The CFA is based on x29. */
  framed(): void {
    this.#say({ cfaRegister: 'x29' }, cfi.defCfaRegister(x29));
  }

  /** The frame record was popped: the frame is gone. */
  popped(): void {
    this.#say({ cfaRegister: 'sp', cfaOffset: 0, saved: false }, cfi.defCfa(sp, 0), cfi.restore(x29), cfi.restore(x30));
  }

  /** Goes on as another function left off, stating all of it anew but the signature. */
  continueFrame(other: UnexecutedFunction): void {
    const { cfaRegister, cfaOffset, saved } = other.#state;
    if (cfaOffset > 0) this.#say({ cfaOffset }, cfi.defCfaOffset(cfaOffset));
    if (cfaRegister === 'x29') this.framed();
    if (saved) this.#say({ saved }, cfi.offset(x29, -cfaOffset), cfi.offset(x30, 8 - cfaOffset));
  }

  /** Remembers the row, and gives back what makes it hold again. */
  remember(): () => void {
    const state = this.#state;
    this.#say({}, cfi.rememberState());
    return () => this.#say(state, cfi.restoreState());
  }

  code(cie: CieOptions = {}): CodeFunction {
    return {
      name: this.name,
      items: this.#items,
      align: instructionSize,
      cie: { ...cie, ...(this.#bKey ? { bKey: true } : {}) },
    };
  }

  /** The rows, once addresses are known. */
  rows(linked: LinkedProgram): ExpectedRow[] {
    const start = addressOf(linked, this.name);
    return this.#states.map((state, i) => ({
      at: start + BigInt(instructionSize * i),
      row: this.#text(state, linked),
    }));
  }

  #say(change: Partial<State>, ...directives: readonly CfiDirective[]): void {
    for (const directive of directives) this.#items.push({ cfi: directive });
    this.#state = { ...this.#state, ...change };
  }

  #text({ cfaRegister, cfaOffset, saved, signature }: State, linked: LinkedProgram): string {
    const words = [`CFA=${cfaRegister}${cfaOffset === 0 ? '' : `+${cfaOffset}`}`];
    if (saved) words.push(`x29=[CFA-${cfaOffset}]`, `x30=[CFA-${cfaOffset - 8}]`);
    if (signature !== undefined) {
      const { label } = signature;
      words.push(label === undefined ? 'signed' : `signed-with-pc@0x${addressOf(linked, label).toString(16)}`);
    }
    if (this.#bKey) words.push('b-key');
    return words.join(' ');
  }
}
