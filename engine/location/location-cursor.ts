import type { AddressSpace } from '../address-space.ts';
import type { Memory } from '../memory.ts';
import { removeAuthenticationCode } from '../row/return-address.ts';
import { ValueSource } from '../row/row-applier.ts';
import { type CursorOptions, nowhere, RuleCursor } from '../rule-cursor.ts';

/** A register's location other than an index in the window's `quads`: its value is in the frame's registers. */
const here = -1;
/** Or it is saved outside the window, at its address in `#addresses`. */
const elsewhere = -2;

/**
 * Goes from frame to frame like a `StackCursor`, but only notes where registers are saved; whoever wants a value loads
 * it. Only PC and SP, and what rules compute from registers, are known at once. That a register could be loaded is
 * checked all the same, so that every walk ends as it does when all registers are restored.
 */
export class LocationCursor extends RuleCursor {
  /** By column: an index in `quads`, `here` or `elsewhere`. */
  declare protected readonly locations: Int32Array;
  declare protected readonly values: Uint32Array;
  /** By column, low and high half, where the location is `elsewhere`. */
  readonly #addresses: Uint32Array;
  /** Copies from before the last general step. */
  readonly #calleeLocations: Int32Array;
  readonly #calleeAddresses: Uint32Array;
  readonly #columnCount: number;

  constructor(space: AddressSpace, options: CursorOptions = {}) {
    super(space, options);
    const { columnCount } = space.architecture;
    this.#columnCount = columnCount;
    this.values = this.general.frame.values;
    this.locations = new Int32Array(columnCount).fill(here);
    this.#addresses = new Uint32Array(2 * columnCount);
    this.#calleeLocations = new Int32Array(columnCount);
    this.#calleeAddresses = new Uint32Array(2 * columnCount);
  }

  /** Loads a register of the current frame to `out[index]` and `out[index + 1]`; false where it is not known. */
  value(column: number, out: Uint32Array, index: number): boolean {
    const { frame } = this.general;
    if (frame.known[column] !== 1) return false;
    const location = this.locations[column]!;
    if (location >= 0) {
      out[index] = this.words[2 * location]!;
      out[index + 1] = this.words[2 * location + 1]!;
      return true;
    }
    if (location === elsewhere) {
      return frame.memory.read64(this.#addresses[2 * column]!, this.#addresses[2 * column + 1]!, out, index);
    }
    if (2 * column === this.spIndex) this.#writeSp();
    out[index] = this.values[2 * column]!;
    out[index + 1] = this.values[2 * column + 1]!;
    return true;
  }

  /**
   * Writes where a register of the current frame is saved to `out[index]` and `out[index + 1]`; false where it is in no
   * memory: it is unchanged since the walk began, computed by a rule, PC, SP, restored by a signal trampoline without
   * CFI, or a signed return address, which is not stored as it is.
   */
  address(column: number, out: Uint32Array, index: number): boolean {
    const location = this.locations[column]!;
    if (location === here) return false;
    if (location === elsewhere) {
      out[index] = this.#addresses[2 * column]!;
      out[index + 1] = this.#addresses[2 * column + 1]!;
    } else {
      out[index] = this.firstLo + 8 * location;
      out[index + 1] = this.firstHi;
    }
    return true;
  }

  /** Writes all registers of the current frame to buffers like those of a `FrameBuffer`. */
  copyTo(values: Uint32Array, known: Uint8Array, columns: number): void {
    for (let column = 0; column < this.#columnCount; column++) {
      known[columns + column] = this.value(column, values, 2 * (columns + column)) ? 1 : 0;
    }
  }

  /** As `StackCursor.step`. */
  // Small enough for V8 to inline it (460 bytes of bytecode), which halves what it costs: the rest is in other methods.
  step(): number {
    const { values, slots, pcIndex } = this;
    slots[0]!++;
    this.signal = false;
    let slot = this.nextSlot;
    if (
      slots[slot] !== (values[pcIndex]! | 0) ||
      slots[(slot + 1) | 0] !== (values[(pcIndex + 1) | 0]! | 0) ||
      slots[(slot + 2) | 0] !== ((this.space.generation << 1) | this.exact)
    ) {
      slot = this.findSlot();
      if (slot < 0) return this.stepSlowly(false);
    }

    const head = slots[(slot + 3) | 0]!;
    const unit = ((head >> 5) & 0x7e) === this.spIndex ? ((head >> 12) + this.spUnit) | 0 : this.#unitByRegister(slot);
    if (unit > this.endUnit) return this.stepSlowly(true);
    const count = (head >> 1) & 31;
    if (count > 0) this.#locate(slot, count, unit);
    this.slot = slot;
    this.nextSlot = slots[(slot + 15) | 0]!;
    this.spUnit = unit;
    if (this.linkIndex < 0) {
      const { words } = this;
      values[pcIndex] = words[((unit << 1) - 2) | 0]!;
      values[(pcIndex + 1) | 0] = words[((unit << 1) - 1) | 0]!;
    } else this.#return(head);
    this.exact = 0;
    return 0;
  }

  protected override begin(memory: Memory, exact: number, pacMaskLo: number, pacMaskHi: number): void {
    this.locations.fill(here);
    super.begin(memory, exact, pacMaskLo, pacMaskHi);
  }

  /**
   * The CFA's place in the window where it counts from another register than SP; behind all places where it is not there,
   * or something is saved that cannot be read.
   */
  #unitByRegister(slot: number): number {
    const { values, locations, words, slots } = this;
    const head = slots[(slot + 3) | 0]!;
    const cfaIndex = (head >> 5) & 0x7e;
    let base = values[cfaIndex]! | 0;
    let baseHi = values[(cfaIndex + 1) | 0]! | 0;
    const place = locations[cfaIndex >> 1]!;
    if (place >= 0) {
      base = words[place << 1]! | 0;
      baseHi = words[((place << 1) + 1) | 0]! | 0;
    } else if (place === elsewhere) return nowhere;
    // Both the register and the CFA must be in the window, so that neither sum wraps around.
    const distance = (base - this.firstLo) | 0;
    const unit = ((head >> 12) + (distance >> 3)) | 0;
    const isPlain =
      (distance & 0x8000_0007) === 0 &&
      baseHi === this.firstHi &&
      ((unit + slots[(slot + 4) | 0]!) | 0) >= this.firstUnit &&
      // A frame without size may be a loop.
      unit !== this.spUnit;
    return isPlain ? unit : nowhere;
  }

  /** Notes where registers are saved. */
  #locate(slot: number, count: number, unit: number): void {
    const { locations, slots } = this;
    // Written out, since a loop has V8 check every array again at each turn.
    const pair5 = slots[(slot + 5) | 0]!;
    locations[pair5 & 0xff] = (unit + (pair5 >> 8)) | 0;
    if (count > 1) {
      const pair6 = slots[(slot + 6) | 0]!;
      locations[pair6 & 0xff] = (unit + (pair6 >> 8)) | 0;
      if (count > 2) {
        const pair7 = slots[(slot + 7) | 0]!;
        locations[pair7 & 0xff] = (unit + (pair7 >> 8)) | 0;
        if (count > 3) {
          const pair8 = slots[(slot + 8) | 0]!;
          locations[pair8 & 0xff] = (unit + (pair8 >> 8)) | 0;
          if (count > 4) {
            const pair9 = slots[(slot + 9) | 0]!;
            locations[pair9 & 0xff] = (unit + (pair9 >> 8)) | 0;
            if (count > 5) {
              const pair10 = slots[(slot + 10) | 0]!;
              locations[pair10 & 0xff] = (unit + (pair10 >> 8)) | 0;
              if (count > 6) {
                const pair11 = slots[(slot + 11) | 0]!;
                locations[pair11 & 0xff] = (unit + (pair11 >> 8)) | 0;
                if (count > 7) this.#locateMore(unit, slot, count);
              }
            }
          }
        }
      }
    }
  }

  /** Notes what the above has no lines for. */
  #locateMore(unit: number, slot: number, count: number): void {
    const { locations, slots, code } = this;
    const near = Math.min(count, 9);
    for (let i = 7; i < near; i++) locate(locations, unit, slots[slot + 5 + i]!);
    const far = slots[slot + 14]! - 9;
    for (let i = 9; i < count; i++) locate(locations, unit, code[far + i]!);
  }

  /** Loads the return address from where the link register is. */
  #return(head: number): void {
    const { values, locations, pcIndex, linkIndex } = this;
    this.value(linkIndex >> 1, values, pcIndex);
    if ((head & 1) === 0) return;
    const { frame } = this.general;
    removeAuthenticationCode(values, pcIndex, frame.pacMaskLo, frame.pacMaskHi);
    locations[linkIndex >> 1] = here;
    values[linkIndex] = values[pcIndex]!;
    values[linkIndex + 1] = values[pcIndex + 1]!;
  }

  /** Loads every register, and gives up the window. */
  protected override beforeGeneralStep(): void {
    const { values, locations } = this;
    this.#writeSp();
    const { words } = this;
    const addresses = this.#addresses;
    for (let column = 0; column < locations.length; column++) {
      const location = locations[column]!;
      if (location === here) continue;
      const index = 2 * column;
      if (location >= 0) {
        addresses[index] = this.firstLo + 8 * location;
        addresses[index + 1] = this.firstHi;
        values[index] = words[2 * location]!;
        values[index + 1] = words[2 * location + 1]!;
        locations[column] = elsewhere;
      } else this.value(column, values, index);
    }
  }

  protected override afterGeneralStep(found: boolean): void {
    const { locations } = this;
    const { applier, isSignalFrame } = this.general;
    if (!found) {
      // A trampoline restores everything; the call of a null pointer changes PC and SP, which are here anyway.
      if (isSignalFrame) locations.fill(here);
      return;
    }
    const { sources, places } = applier;
    const addresses = this.#addresses;
    this.#calleeLocations.set(locations);
    this.#calleeAddresses.set(addresses);
    for (let column = 0; column < this.#columnCount; column++) {
      const index = 2 * column;
      const source = sources[column];
      if (source === ValueSource.memory) {
        locations[column] = elsewhere;
        addresses[index] = places[index]!;
        addresses[index + 1] = places[index + 1]!;
      } else if (source === ValueSource.register) {
        const from = places[index]!;
        locations[column] = this.#calleeLocations[from]!;
        addresses[index] = this.#calleeAddresses[2 * from]!;
        addresses[index + 1] = this.#calleeAddresses[2 * from + 1]!;
      } else if (source === ValueSource.computed) locations[column] = here;
    }
    const { pc, sp, signState } = this.space.architecture;
    locations[pc] = here;
    locations[sp] = here;
    // The caller's signing is its own affair, whatever a rule says.
    if (signState >= 0) locations[signState] = here;
    const { returnColumn } = this.general.row;
    if (locations[returnColumn] !== elsewhere) return;
    // Where it was signed, memory does not have its value.
    const { values } = this;
    const index = 2 * returnColumn;
    const loaded = this.#calleeAddresses;
    this.general.frame.memory.read64(addresses[index]!, addresses[index + 1]!, loaded, 0);
    if (loaded[0] !== values[index] || loaded[1] !== values[index + 1]) locations[returnColumn] = here;
  }

  protected override adoptWindow(): void {
    super.adoptWindow();
    const { locations, firstLo, firstHi } = this;
    const addresses = this.#addresses;
    const size = 8 * this.endUnit;
    for (let column = 0; column < this.#columnCount; column++) {
      if (locations[column] !== elsewhere || (addresses[2 * column + 1]! | 0) !== firstHi) continue;
      const distance = addresses[2 * column]! - (firstLo >>> 0);
      if (distance >= 0 && distance + 8 <= size && (distance & 7) === 0) locations[column] = distance >> 3;
    }
  }

  /** Writes SP, of which plain steps only note where in the window it is, to the registers. */
  #writeSp(): void {
    if (this.spUnit > this.endUnit) return;
    this.values[this.spIndex] = this.firstLo + 8 * this.spUnit;
    this.values[this.spIndex + 1] = this.firstHi;
  }
}

function locate(locations: Int32Array, unit: number, pair: number): void {
  locations[pair & 0xff] = (unit + (pair >> 8)) | 0;
}
