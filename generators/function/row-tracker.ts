import type { Item } from '../assembly/item.ts';
import { cfi } from '../cfi/directive.ts';

/** What the CFI written so far says, in DWARF numbers. */
export interface TrackedRow {
  readonly cfaRegister: number;
  readonly cfaOffset: number;
  /** Saved registers and their slots' offsets from the CFA. */
  readonly slots: ReadonlyMap<number, number>;
  /** AArch64: the return address is signed. */
  readonly signed: boolean;
}

/** Appends CFI directives to a function's items and keeps track of the row they amount to. */
export class RowTracker {
  #row: TrackedRow;
  readonly #items: Item[];
  readonly #remembered: TrackedRow[] = [];

  constructor(items: Item[], entry: TrackedRow) {
    this.#items = items;
    this.#row = entry;
  }

  get row(): TrackedRow {
    return this.#row;
  }

  defCfa(cfaRegister: number, cfaOffset: number): void {
    const { cfaRegister: register, cfaOffset: offset } = this.#row;
    if (register === cfaRegister && offset === cfaOffset) return;
    if (register === cfaRegister) this.#write(cfi.defCfaOffset(cfaOffset));
    else if (offset === cfaOffset) this.#write(cfi.defCfaRegister(cfaRegister));
    else this.#write(cfi.defCfa(cfaRegister, cfaOffset));
    this.#row = { ...this.#row, cfaRegister, cfaOffset };
  }

  /** The register was saved at CFA + offset. */
  saved(register: number, offset: number): void {
    if (offset >= 0) this.#write(cfi.offsetExtendedSf(register, offset));
    else this.#write(register < 64 ? cfi.offset(register, offset) : cfi.offsetExtended(register, offset));
    this.#row = { ...this.#row, slots: new Map([...this.#row.slots, [register, offset]]) };
  }

  /** The register holds the caller's value again. */
  restored(register: number): void {
    if (!this.#row.slots.has(register)) return;
    this.#write(register < 64 ? cfi.restore(register) : cfi.restoreExtended(register));
    this.#row = { ...this.#row, slots: new Map([...this.#row.slots].filter(([other]) => other !== register)) };
  }

  /** The return address was signed, or authenticated. */
  toggleSigned(): void {
    this.#write(cfi.negateRaState());
    this.#row = { ...this.#row, signed: !this.#row.signed };
  }

  remember(): void {
    this.#write(cfi.rememberState());
    this.#remembered.push(this.#row);
  }

  restoreState(): void {
    const row = this.#remembered.pop();
    if (row === undefined) throw new Error('restoreState without remember');
    this.#write(cfi.restoreState());
    this.#row = row;
  }

  /** Says by single directives what the row is, as LLVM does where GCC restores a state. */
  redeclare(row: TrackedRow): void {
    this.defCfa(row.cfaRegister, row.cfaOffset);
    for (const register of this.#row.slots.keys()) if (!row.slots.has(register)) this.restored(register);
    for (const [register, offset] of row.slots) {
      if (this.#row.slots.get(register) !== offset) this.saved(register, offset);
    }
    if (this.#row.signed !== row.signed) this.toggleSigned();
  }

  #write(directive: ReturnType<typeof cfi.nop>): void {
    this.#items.push({ cfi: directive });
  }
}
