import { registerCount } from './saved-registers.ts';

export const pushed = 1;
export const popped = 2;

/** From where to where a register is equal to a slot. */
export class FactList {
  count = 0;
  position = new Int8Array(64);
  slot = new Int32Array(64);
  /** `pushed`, `popped`, or 0 where it turned out to be nothing. */
  kind = new Int8Array(64);
  /** 1 where the slot is still counted from an unknown place. */
  floats = new Int8Array(64);
  from = new Int32Array(64);
  to = new Int32Array(64);
  /** By register: the fact that still holds at the place read, or -1. */
  readonly open = new Int32Array(registerCount).fill(-1);

  clear(): void {
    this.count = 0;
    this.open.fill(-1);
  }

  add(position: number, slot: number, kind: number, floats: boolean, from: number): void {
    const fact = this.count++;
    if (fact === this.slot.length) this.#grow();
    this.position[fact] = position;
    this.slot[fact] = slot;
    this.kind[fact] = kind;
    this.floats[fact] = floats ? 1 : 0;
    this.from[fact] = from;
    this.to[fact] = from;
    this.open[position] = fact;
  }

  /** The register holds until the instruction that ends here has been executed. */
  close(position: number, at: number): void {
    const open = this.open[position]!;
    if (open >= 0) this.to[open] = at;
    this.open[position] = -1;
  }

  closeAll(at: number): void {
    for (let position = 0; position < registerCount; position++) this.close(position, at);
  }

  /** Whether a register is equal to its slot from an offset to another, for a reason. */
  holds(position: number, slot: number, kind: number, from: number, to: number): boolean {
    for (let i = 0; i < this.count; i++) {
      if (
        this.position[i] === position &&
        this.slot[i] === slot &&
        this.kind[i] === kind &&
        this.from[i]! <= from &&
        this.to[i]! >= to
      ) {
        return true;
      }
    }
    return false;
  }

  #grow(): void {
    const length = 2 * this.slot.length;
    this.position = copied(this.position, new Int8Array(length));
    this.kind = copied(this.kind, new Int8Array(length));
    this.floats = copied(this.floats, new Int8Array(length));
    this.slot = copied(this.slot, new Int32Array(length));
    this.from = copied(this.from, new Int32Array(length));
    this.to = copied(this.to, new Int32Array(length));
  }
}

function copied<Words extends Int8Array | Int32Array>(words: Words, into: Words): Words {
  into.set(words);
  return into;
}
