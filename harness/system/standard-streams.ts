/** Bytes kept of what a program writes to each stream; what comes behind them is only counted. */
export const keptOutput = 2 ** 20;

/** What a program wrote to a stream. */
export interface Output {
  readonly bytes: Uint8Array;
  /** Bytes written in all. */
  readonly written: number;
}

/** Standard input, output and error of the program: pipes whose other ends are here. */
export class StandardStreams {
  readonly #input: Uint8Array;
  #taken = 0;
  readonly #written: { parts: Uint8Array[]; kept: number; written: number }[] = [];
  readonly #open = new Set<number>();

  constructor(input: Uint8Array) {
    this.#input = input;
    this.reset();
  }

  /** As before a run. */
  reset(): void {
    this.#taken = 0;
    this.#written.splice(0, 2, ...[1, 2].map(() => ({ parts: [], kept: 0, written: 0 })));
    for (const descriptor of [0, 1, 2]) this.#open.add(descriptor);
  }

  isOpen(descriptor: number): boolean {
    return this.#open.has(descriptor);
  }

  /** False where it is not open. */
  close(descriptor: number): boolean {
    return this.#open.delete(descriptor);
  }

  /** At most so many of the next bytes of standard input; none at its end. */
  read(most: number): Uint8Array {
    const bytes = this.#input.subarray(this.#taken, this.#taken + most);
    this.#taken += bytes.byteLength;
    return bytes;
  }

  /** Keeps what is written to standard output (1) or error (2). */
  write(descriptor: 1 | 2, bytes: Uint8Array): void {
    const stream = this.#written[descriptor - 1]!;
    stream.written += bytes.byteLength;
    const part = bytes.slice(0, keptOutput - stream.kept);
    if (part.byteLength === 0) return;
    stream.parts.push(part);
    stream.kept += part.byteLength;
  }

  output(descriptor: 1 | 2): Output {
    const { parts, kept, written } = this.#written[descriptor - 1]!;
    const bytes = new Uint8Array(kept);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return { bytes, written };
  }
}
