import type { Handle, NativeBlock, UnicornLibrary } from './unicorn-library.ts';
import { allocateNative } from './unicorn-library.ts';

/** Registers that are read and written in one native call, through native memory JavaScript sees. */
export class RegisterBatch {
  /** The values, `width` bytes each, in the order of the identifiers' positions. */
  readonly buffer: ArrayBuffer;
  readonly #library: UnicornLibrary;
  readonly #identifiers: NativeBlock;
  readonly #pointers: NativeBlock;
  readonly #count: number;

  /** `identifiers[i]` is Unicorn's number of the register at position `i`; -1 leaves the position alone. */
  constructor(library: UnicornLibrary, identifiers: readonly number[], width: 8 | 16) {
    this.#library = library;
    const positions = identifiers.map((id, i) => ({ id, i })).filter(({ id }) => id >= 0);
    this.#count = positions.length;
    const values = allocateNative(identifiers.length * width);
    this.#identifiers = allocateNative(4 * this.#count);
    this.#pointers = allocateNative(8 * this.#count);
    new Int32Array(this.#identifiers.buffer).set(positions.map(({ id }) => id));
    new BigUint64Array(this.#pointers.buffer).set(positions.map(({ i }) => values.address + BigInt(i * width)));
    this.buffer = values.buffer;
  }

  read(handle: Handle): void {
    this.#library.readBatch(handle, this.#identifiers.pointer, this.#pointers.pointer, this.#count);
  }

  write(handle: Handle): void {
    this.#library.writeBatch(handle, this.#identifiers.pointer, this.#pointers.pointer, this.#count);
  }
}
