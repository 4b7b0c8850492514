import type { Architecture } from '../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';
import { compileRules, mostWords } from './compile-rules.ts';

/** Words of a row's content before its rules, which take three words each. */
const contentHeader = 7;
/** Behind the rules, only of rows that are signed with the PC of an instruction: its address. */
const contentTrailer = 2;
const signedWithPc = 3;

/**
 * Distinct rule sets: what rows say, without their addresses and the name of their section. Of hundreds of thousands
 * of rows of a library, about a thousand are distinct, so that whoever remembers rows keeps their ids only. Each set is
 * kept twice: word for word, and ready to execute (see `compileRules`).
 */
export class RuleSets {
  readonly architecture: Architecture;
  /** Most sets, or undefined where there may be any number. */
  readonly #limit: number | undefined;
  /** Number of distinct sets. */
  count = 0;
  /** The sets ready to execute; replaced when it grows. */
  code: Int32Array;
  readonly #mostCode: number;
  readonly #mostContent: number;
  /** First word in `code`, by id. */
  #codeStart: Int32Array;
  #codeEnd = 0;
  #content: Int32Array;
  /** First word in `#content`, by id; one more entry than there are sets. */
  #contentStart: Int32Array;
  /** Ids plus one by hash, with linear probing; 0 where free. At most half of it is in use. */
  #table: Int32Array;
  /** What expressions lie in. */
  readonly #sections: Uint8Array[] = [];

  /** With a `limit`, all memory is allocated at once. */
  constructor(architecture: Architecture, limit?: number) {
    this.architecture = architecture;
    this.#limit = limit;
    this.#mostCode = mostWords(architecture);
    this.#mostContent = contentHeader + 3 * architecture.columnCount + contentTrailer;
    const sets = limit ?? 64;
    this.code = new Int32Array((sets + 1) * this.#mostCode);
    this.#codeStart = new Int32Array(sets);
    this.#content = new Int32Array((sets + 1) * this.#mostContent);
    this.#contentStart = new Int32Array(sets + 1);
    this.#table = new Int32Array(2 ** (32 - Math.clz32(2 * sets - 1)));
  }

  /** The id of what a row says, or -1 where that is new and the limit is reached. */
  intern(row: Row): number {
    const start = this.#contentStart[this.count]!;
    const end = this.#writeContent(row, start);
    const hash = this.#hash(start, end);
    const mask = this.#table.length - 1;
    let place = hash & mask;
    for (let entry = this.#table[place]!; entry !== 0; entry = this.#table[place]!) {
      if (this.#same(entry - 1, start, end)) return entry - 1;
      place = (place + 1) & mask;
    }
    if (this.count === this.#limit) return -1;
    const id = this.count++;
    this.#table[place] = id + 1;
    this.#codeStart[id] = this.#codeEnd;
    this.#codeEnd = compileRules(this.architecture, row, this.code, this.#codeEnd);
    this.#contentStart[id + 1] = end;
    if (this.#limit === undefined) this.#grow();
    return id;
  }

  /** Makes a row ready to execute without keeping it: the index in `code`, good until the next set is made. */
  compile(row: Row): number {
    compileRules(this.architecture, row, this.code, this.#codeEnd);
    return this.#codeEnd;
  }

  /** Index in `code` where a set begins. */
  codeOf(id: number): number {
    return this.#codeStart[id]!;
  }

  /** Writes what the interned row said. Addresses and section name of `row` stay as they are. */
  fill(id: number, row: Row): void {
    const content = this.#content;
    const start = this.#contentStart[id]!;
    const flags = content[start]!;
    row.cfaKind = flags & 3;
    row.signalFrame = (flags & 4) !== 0;
    row.bKey = (flags & 8) !== 0;
    row.signState = (flags >> 4) & 3;
    row.returnColumn = flags >> 8;
    row.argsSize = content[start + 2]! >>> 0;
    row.cfaColumn = content[start + 3]!;
    row.cfaLo = content[start + 4]! >>> 0;
    row.cfaHi = content[start + 5]! >>> 0;
    const section = content[start + 1]!;
    if (section >= 0) row.bytes = this.#sections[section]!;
    const count = content[start + 6]!;
    row.ruleCount = count;
    let word = start + contentHeader;
    for (let i = 0; i < count; i++) {
      const head = content[word]!;
      row.ruleColumn[i] = head >> 8;
      row.ruleKind[i] = head & 0xff;
      row.ruleLo[i] = content[word + 1]!;
      row.ruleHi[i] = content[word + 2]!;
      word += 3;
    }
    if (row.signState === signedWithPc) {
      row.signedAtLo = content[word]! >>> 0;
      row.signedAtHi = content[word + 1]! >>> 0;
    }
  }

  clear(): void {
    this.count = 0;
    this.#codeEnd = 0;
    this.#table.fill(0);
    this.#sections.length = 0;
  }

  #writeContent(row: Row, start: number): number {
    const content = this.#content;
    const { ruleColumn, ruleKind, ruleLo, ruleHi, ruleCount } = row;
    let hasExpression = row.cfaKind === CfaKind.expression;
    let word = start + contentHeader;
    for (let i = 0; i < ruleCount; i++) {
      const kind = ruleKind[i]!;
      if (kind === RuleKind.expression || kind === RuleKind.valExpression) hasExpression = true;
      content[word] = (ruleColumn[i]! << 8) | kind;
      content[word + 1] = ruleLo[i]!;
      content[word + 2] = ruleHi[i]!;
      word += 3;
    }
    content[start] =
      row.cfaKind | (row.signalFrame ? 4 : 0) | (row.bKey ? 8 : 0) | (row.signState << 4) | (row.returnColumn << 8);
    // An expression is its place in a section: it is another one in another section.
    content[start + 1] = hasExpression ? this.#sectionOf(row) : -1;
    content[start + 2] = row.argsSize;
    content[start + 3] = row.cfaColumn;
    content[start + 4] = row.cfaLo;
    content[start + 5] = row.cfaHi;
    content[start + 6] = ruleCount;
    if (row.signState !== signedWithPc) return word;
    content[word] = row.signedAtLo;
    content[word + 1] = row.signedAtHi;
    return word + contentTrailer;
  }

  #sectionOf(row: Row): number {
    const sections = this.#sections;
    for (let i = sections.length - 1; i >= 0; i--) if (sections[i] === row.bytes) return i;
    return sections.push(row.bytes) - 1;
  }

  #hash(start: number, end: number): number {
    const content = this.#content;
    let hash = 0;
    for (let word = start; word < end; word++) {
      hash = Math.imul(hash ^ content[word]!, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #same(id: number, start: number, end: number): boolean {
    const content = this.#content;
    const other = this.#contentStart[id]! - start;
    if (this.#contentStart[id + 1]! - other !== end) return false;
    for (let word = start; word < end; word++) if (content[word] !== content[word + other]) return false;
    return true;
  }

  /** Makes room for one set more. */
  #grow(): void {
    const { count } = this;
    if (this.#codeEnd + this.#mostCode > this.code.length) this.code = doubled(this.code);
    const end = this.#contentStart[count]!;
    if (end + this.#mostContent > this.#content.length) this.#content = doubled(this.#content);
    if (count + 1 < this.#codeStart.length) return;
    this.#codeStart = doubled(this.#codeStart);
    this.#contentStart = doubled(this.#contentStart);
    this.#table = new Int32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let id = 0; id < count; id++) {
      let place = this.#hash(this.#contentStart[id]!, this.#contentStart[id + 1]!) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = id + 1;
    }
  }
}

function doubled(words: Int32Array): Int32Array {
  const larger = new Int32Array(2 * words.length);
  larger.set(words);
  return larger;
}
