import { UnwindError } from '../errors.ts';

/** Bytes of the longest name that is read; symbols of generated C++ reach a few thousand. */
const longestName = 0x1_0000;
/**
 * Bytes of all the names that are read from a table, in tables: names may share their ends, but where many offsets lie
 * in one long string, reading each of them would take far more memory than the file.
 */
const tablesOfNames = 16;

const decoder = new TextDecoder();

/** The names of a string table (gABI, "String Table"). Each is decoded once, whoever asks for it. */
export class StringTable {
  readonly #bytes: Uint8Array;
  /** As errors call the table. */
  readonly #name: string;
  readonly #strings = new Map<number, string>();
  #left: number;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
    this.#left = longestName + tablesOfNames * bytes.length;
  }

  /**
   * The string at an offset. Throws `UnwindError` `invalid` where no NUL ends it inside the table, `unsupported` where
   * it has more than 64 KiB, or the strings asked for together more than the table would have 16 times over.
   */
  at(offset: number): string {
    const known = this.#strings.get(offset);
    if (known !== undefined) return known;
    const near = this.#bytes.subarray(offset, offset + longestName + 1);
    const length = near.indexOf(0);
    if (length < 0 && near.length > longestName) {
      throw new UnwindError('unsupported', this.#name, offset, `expected a string of at most ${longestName} bytes`);
    }
    if (length < 0) {
      throw new UnwindError('invalid', this.#name, offset, 'expected a string that ends with NUL inside the table');
    }
    this.#left -= length;
    if (this.#left < 0) {
      const expectation = `expected strings of at most ${tablesOfNames} times the table's size`;
      throw new UnwindError('unsupported', this.#name, offset, expectation);
    }
    const string = decoder.decode(near.subarray(0, length));
    this.#strings.set(offset, string);
    return string;
  }
}
