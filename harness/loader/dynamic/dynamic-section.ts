import { type ElfFile, PT_DYNAMIC, UnwindError } from '../../../engine/index.ts';
import type { Segment } from '../image.ts';
import { bytesAt, viewOf } from '../pages.ts';
import * as dt from './constants.ts';

const decoder = new TextDecoder();
/** Bytes of the longest name that is read. */
const longestName = 0x1_0000;

/** The dynamic section of a mapped file, and reads of the tables it points to; everything is checked to be mapped. */
export class DynamicSection {
  /** Of the file, for messages. */
  readonly name: string;
  readonly #segments: readonly Segment[];
  readonly #loadBias: bigint;
  readonly #values = new Map<bigint, bigint>();
  readonly #needed: bigint[] = [];
  readonly #strings = new Map<number, string>();

  /** Undefined where the file has none. Throws `UnwindError` `invalid` where it is not mapped. */
  static of(elf: ElfFile, segments: readonly Segment[], loadBias: bigint, name: string): DynamicSection | undefined {
    const header = elf.segments.find((segment) => segment.type === PT_DYNAMIC);
    if (header === undefined) return undefined;
    return new DynamicSection(segments, loadBias, name, header.address, header.memorySize);
  }

  private constructor(segments: readonly Segment[], loadBias: bigint, name: string, address: bigint, size: number) {
    this.name = name;
    this.#segments = segments;
    this.#loadBias = loadBias;
    const table = this.view(address, size, 'the dynamic section');
    for (let offset = 0; offset + 16 <= table.byteLength; offset += 16) {
      const tag = table.getBigUint64(offset, true);
      if (tag === dt.DT_NULL) break;
      const value = table.getBigUint64(offset + 8, true);
      if (tag === dt.DT_NEEDED) this.#needed.push(value);
      else this.#values.set(tag, value);
    }
  }

  /** The value of a tag; undefined where the section has none. */
  value(tag: bigint): bigint | undefined {
    return this.#values.get(tag);
  }

  /** Names of the libraries it depends on, in order. */
  get needed(): string[] {
    return this.#needed.map((offset) => this.stringAt(offset));
  }

  /** The name others depend on it by; undefined where it says none. */
  get soname(): string | undefined {
    const offset = this.#values.get(dt.DT_SONAME);
    return offset === undefined ? undefined : this.stringAt(offset);
  }

  /** Folders its dependencies are looked for in, `$ORIGIN` as it is. */
  get runPath(): string[] {
    const offset = this.#values.get(dt.DT_RUNPATH) ?? this.#values.get(dt.DT_RPATH);
    return offset === undefined
      ? []
      : this.stringAt(offset)
          .split(':')
          .filter((folder) => folder !== '');
  }

  /** Its own references are looked up in the file itself first. */
  get isSymbolic(): boolean {
    return this.#values.has(dt.DT_SYMBOLIC) || ((this.#values.get(dt.DT_FLAGS) ?? 0n) & dt.DF_SYMBOLIC) !== 0n;
  }

  /** A table of so many bytes as another tag says; `undefined` where there is none or it is empty. */
  table(tag: bigint, sizeTag: bigint, what: string): DataView | undefined {
    const size = this.#values.get(sizeTag) ?? 0n;
    if (size === 0n) return undefined;
    if (size > 0xffff_ffffn) {
      throw new UnwindError('invalid', '.dynamic', -1, `a table of ${size} bytes cannot be mapped`);
    }
    return this.view(this.#values.get(tag) ?? 0n, Number(size), what);
  }

  /** Bytes at an address of the file. Throws `UnwindError` `invalid` where they are not in one loaded segment. */
  view(address: bigint, length: number, what: string): DataView {
    const place = BigInt.asUintN(64, address + this.#loadBias);
    const bytes = bytesAt(this.#segments, place, length);
    if (bytes === undefined) {
      const expectation = `${what} at 0x${place.toString(16)} (${length} bytes) must lie in a loaded segment`;
      throw new UnwindError('invalid', '.dynamic', -1, expectation);
    }
    return viewOf(bytes);
  }

  /** A string of the dynamic string table. Throws `UnwindError` `invalid` where NUL does not end it in the table. */
  stringAt(offset: number | bigint): string {
    const at = Number(offset);
    const known = this.#strings.get(at);
    if (known !== undefined) return known;
    const start = this.#values.get(dt.DT_STRTAB) ?? 0n;
    const size = Number(this.#values.get(dt.DT_STRSZ) ?? 0n);
    if (at >= size) {
      throw new UnwindError('invalid', '.dynstr', at, `expected an offset below the table's size, ${size}`);
    }
    const view = this.view(
      start + BigInt(at),
      Math.min(size - at, longestName),
      'a string of the dynamic string table',
    );
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const length = bytes.indexOf(0);
    if (length < 0) throw new UnwindError('invalid', '.dynstr', at, 'expected a string that NUL ends in the table');
    const string = decoder.decode(bytes.slice(0, length));
    this.#strings.set(at, string);
    return string;
  }
}
