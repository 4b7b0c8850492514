import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FrameSection, fdes, type Row, rowsOf } from '../../../engine/index.ts';
import { FunctionsCfi } from '../../../harness/findings/function-cfi.ts';
import { loadImage } from '../../../harness/loader/index.ts';
import { interpret, type ModelRow } from '../../../harness/model/index.ts';
import { toOracleRow } from '../../../harness/oracles/index.ts';
import { fixturesFolder, readManifest } from '../../fixtures/manifest.ts';

/** A row of the model, as far as it needs no expression, in the words of `toOracleRow`. */
function modelText(row: ModelRow, names: readonly string[]): { cfa: string; rules: Record<string, string> } {
  const signed = (offset: number): string => (offset === 0 ? '' : offset < 0 ? `${offset}` : `+${offset}`);
  const rules: Record<string, string> = {};
  for (const [column, rule] of [...row.rules].sort((a, b) => a[0] - b[0])) {
    const name = names[column]!;
    if (rule.kind === 'undefined') rules[name] = 'u';
    else if (rule.kind === 'same') rules[name] = 's';
    else if (rule.kind === 'register') rules[name] = names[rule.column]!;
    else if (rule.kind === 'offset') rules[name] = `[CFA${signed(rule.offset)}]`;
    else rules[name] = rule.kind;
  }
  if (row.signState !== 0) rules.ra_sign_state = `${row.signState}`;
  const { cfa } = row;
  return {
    cfa: cfa !== undefined && 'column' in cfa ? `${names[cfa.column]}${signed(cfa.offset)}` : 'expression',
    rules,
  };
}

function engineText(row: Row, architecture: Parameters<typeof toOracleRow>[1]): ReturnType<typeof modelText> {
  const { cfa, rules } = toOracleRow(row, architecture);
  const plain = [...rules].map(([name, rule]) => [
    name,
    rule.startsWith('[{') ? 'expression' : rule.startsWith('{') ? 'valExpression' : rule,
  ]);
  return { cfa: cfa.startsWith('{') ? 'expression' : cfa, rules: Object.fromEntries(plain) };
}

describe('FunctionsCfi', () => {
  const { binaries } = readManifest();

  it.each(binaries.map(({ path }) => path))('%s: directives give the rows the engine reads', (path) => {
    const file = fileURLToPath(new URL(path, fixturesFolder));
    const image = loadImage(Uint8Array.from(readFileSync(file)), { name: path });
    const functions = new FunctionsCfi(image);
    const { architecture } = image;
    const [{ elf, loadBias }] = image.modules as [(typeof image.modules)[number]];
    const { address, bytes } = elf.section('.eh_frame')!;
    const section = new FrameSection({ kind: '.eh_frame', section: { address, bytes }, architecture });
    let rows = 0;
    for (const { offset, start } of fdes(section)) {
      const cfi = functions.at(start + loadBias)!;
      expect(cfi.problem).toBeUndefined();
      const table = interpret(cfi.fde!, architecture);
      for (const row of rowsOf(section, offset)) {
        const at = Number(((BigInt(row.startHi) << 32n) | BigInt(row.startLo)) - start);
        if (at >= cfi.fde!.size) continue;
        expect(modelText(table.at(at) as ModelRow, architecture.columnNames)).toEqual(engineText(row, architecture));
        rows++;
      }
    }
    expect(rows).toBeGreaterThan(0);
  });
});
