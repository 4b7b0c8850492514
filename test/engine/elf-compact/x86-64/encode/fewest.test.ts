import { expect, it } from 'vitest';
import { x86_64 } from '../../../../../engine/architecture/index.ts';
import { g3Encoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import { g3 } from '../../../../../engine/elf-compact/x86-64/g3.ts';
import { Row } from '../../../../../engine/row/row.ts';
import { encode, type PlacedRow, tableOf } from './functions.ts';
import { randomNumbers } from './random-numbers.ts';

const longest = 12;

/** What a row says, in one letter for each that is new. */
class Letters {
  readonly rows: Row[] = [];
  readonly #known = new Map<string, string>();

  of(row: Row): string {
    const rules = Array.from({ length: row.ruleCount }, (_, i) => `${row.ruleColumn[i]}@${row.ruleLo[i]! | 0}`);
    const key = [row.cfaColumn, row.cfaLo, ...rules].join(' ');
    let letter = this.#known.get(key);
    if (letter === undefined) {
      letter = String.fromCodePoint(0x100 + this.rows.length);
      this.#known.set(key, letter);
      const copy = new Row(x86_64.columnCount);
      g3.fill(0, 0, 0, 1, copy);
      copy.cfaColumn = row.cfaColumn;
      copy.cfaLo = row.cfaLo;
      copy.ruleCount = row.ruleCount;
      copy.ruleColumn.set(row.ruleColumn);
      copy.ruleKind.set(row.ruleKind);
      copy.ruleLo.set(row.ruleLo);
      copy.ruleHi.set(row.ruleHi);
      this.rows.push(copy);
    }
    return letter;
  }
}

/** All that descriptors of few registers say about ranges of up to 12 bytes, one letter a byte. */
function everything(letters: Letters): string[] {
  const found = new Set<string>();
  const row = new Row(x86_64.columnCount);
  const add = (lo: number, hi: number, shortest: number): void => {
    for (let length = Math.max(shortest, 1); length <= longest; length++) {
      let text = '';
      for (let offset = 0; offset < length; offset++) {
        g3.fill(lo, hi, offset, length, row);
        text += letters.of(row);
      }
      found.add(text);
    }
  };
  add(0, 0, 1);
  for (let prologue = 0; prologue <= longest; prologue++) {
    for (let epilogue = 0; prologue + epilogue <= longest; epilogue++) {
      for (const mask of [0, 1, 2, 3, 0x40, 0x41, 0x42, 0x43, 0x20, 0x60]) {
        for (const frameUnits of [1, 2, 3, 4, 5]) {
          const rsp = g3.rspDescriptor({ prologue, epilogue, mask, frameUnits });
          if (rsp !== undefined) add(rsp.lo, rsp.hi, prologue + epilogue);
        }
        for (let inner = 0; inner <= prologue; inner++) {
          const rbp = g3.rbpDescriptor({ prologue, inner, epilogue, mask });
          if (rbp !== undefined) add(rbp.lo, rbp.hi, prologue + epilogue);
        }
      }
    }
  }
  return [...found];
}

/** The fewest pieces that a text can be cut into. */
function fewestPieces(text: string, pieces: ReadonlySet<string>): number {
  const fewest = [0];
  for (let end = 1; end <= text.length; end++) {
    let best = Number.POSITIVE_INFINITY;
    for (let start = Math.max(0, end - longest); start < end; start++) {
      if (fewest[start]! + 1 < best && pieces.has(text.slice(start, end))) best = fewest[start]! + 1;
    }
    fewest.push(best);
  }
  return fewest[text.length]!;
}

it('takes as few descriptors as are possible, where rows are to be said as they are', () => {
  const letters = new Letters();
  const list = everything(letters);
  const pieces = new Set(list);
  const random = randomNumbers(7);
  for (let i = 0; i < 3000; i++) {
    let text = '';
    for (let more = 1 + random(3); more > 0; more--) {
      const piece = list[random(list.length)]!;
      const start = random(piece.length);
      text += piece.slice(start, start + 1 + random(piece.length - start));
    }
    text = text.slice(0, longest);
    const rows: PlacedRow[] = [];
    for (let offset = 0; offset < text.length; offset++) {
      if (text[offset] === text[offset - 1]) continue;
      rows.push([offset, letters.rows[text.codePointAt(offset)! - 0x100]]);
    }
    const { reason, list: found } = encode(g3Encoder, tableOf(rows, text.length));
    const said = reason ?? found.count;
    if (said !== fewestPieces(text, pieces)) {
      expect.fail(`${JSON.stringify(rows.map(([start]) => start))}: ${said}, not ${fewestPieces(text, pieces)}`);
    }
  }
});
