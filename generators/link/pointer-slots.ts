import { ByteWriter } from '../byte-writer.ts';

/** The content of `.got`: a reserved word and one cell for each target of an indirect pointer. */
export class PointerSlots {
  readonly #address: bigint;
  readonly #targets: bigint[] = [];

  constructor(address: bigint) {
    this.#address = address;
  }

  /** Bytes in use. */
  get size(): number {
    return 8 * (this.#targets.length + 1);
  }

  /** Address of the cell that holds `target`. */
  slot(target: bigint): bigint {
    let index = this.#targets.indexOf(target);
    if (index < 0) index = this.#targets.push(target) - 1;
    return this.#address + BigInt(8 * (index + 1));
  }

  bytes(): Uint8Array {
    const writer = new ByteWriter();
    writer.u64(0n);
    for (const target of this.#targets) writer.u64(target);
    return writer.finish();
  }
}
