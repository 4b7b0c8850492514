import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FrameSection, fdes, HeaderRowSource, ListRowSource, rowsOf } from '../../../engine/dwarf/index.ts';
import { type ElfFile, readElf } from '../../../engine/elf/index.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { Row } from '../../../engine/row/row.ts';
import { built, inTemporaryFolder, missingTools } from '../../tools/external.ts';
import { asReadelf, parseReadelfFrames, type ReadelfFde } from './readelf-rows.ts';

const source = `
#include <alloca.h>
int callee(int, char *);
int dynamic(int n, char *p) { char *b = alloca(n + 10); b[0] = n; return callee(n, b) + (p ? dynamic(n - 1, b) : 0); }
int many(int a, int b, int c, int d, int e, int x, int y, int z) {
  if (a > b) return callee(a + b * c, 0) + d;
  int s = 0;
  for (int i = 0; i < a; i++) s += callee(i + x * y, 0) * callee(z, 0) * e;
  return s;
}
int callee(int a, char *b) { return b ? b[a] : a * 3; }
int main(int c, char **v) { return dynamic(c, v[0]) + many(1, 2, 3, 4, 5, 6, 7, c); }
`;

const targets = [
  { name: 'x86-64', compiler: 'gcc', readelf: 'readelf', kind: '.eh_frame', flags: [] },
  {
    name: 'x86-64',
    compiler: 'gcc',
    readelf: 'readelf',
    kind: '.debug_frame',
    flags: ['-g', '-fno-asynchronous-unwind-tables', '-no-pie'],
  },
  {
    name: 'AArch64',
    compiler: 'aarch64-linux-gnu-gcc',
    readelf: 'aarch64-linux-gnu-readelf',
    kind: '.eh_frame',
    flags: ['-mbranch-protection=pac-ret'],
  },
] as const;

function compiled(target: (typeof targets)[number]): { elf: ElfFile; frames: FrameSection; readelf: ReadelfFde[] } {
  const image = built(target.compiler, ['-O2', '-fno-inline', ...target.flags, '-o', '{out}', '{in}'], 'a.c', source);
  const dump = inTemporaryFolder((folder) => {
    const file = join(folder, 'program');
    writeFileSync(file, image);
    return execFileSync(target.readelf, ['--debug-dump=frames-interp', file], { encoding: 'utf8' });
  });
  const elf = readElf(image);
  const { address, bytes } = elf.section(target.kind)!;
  const frames = new FrameSection({ kind: target.kind, section: { address, bytes }, architecture: elf.architecture });
  return { elf, frames, readelf: parseReadelfFrames(dump, target.kind) };
}

for (const target of targets) {
  const absent = missingTools(target.compiler, target.readelf);
  const skipped = absent.length > 0 ? ` (skipped: ${absent.join(', ')} not installed)` : '';
  describe.skipIf(absent.length > 0)(`${target.kind} compiled for ${target.name}${skipped}`, () => {
    it('has the FDEs and rows readelf prints', () => {
      const { elf, frames, readelf } = compiled(target);
      expect([...fdes(frames)].map(({ offset, start, end, error }) => ({ offset, start, end, error }))).toEqual(
        readelf.map(({ offset, start, end }) => ({ offset, start, end, error: undefined })),
      );
      let compared = 0;
      for (const { offset, end, rows: printed } of readelf) {
        if (printed.size === 0) continue;
        // readelf goes on behind the function's end.
        const rows = new Map([...printed].filter(([address]) => address < end));
        const actual = new Map<bigint, string>();
        for (const row of rowsOf(frames, offset)) {
          const start = (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
          const columns = rows
            .get(start)
            ?.split(' ')
            .map((word) => word.slice(0, word.indexOf('=')));
          actual.set(start, asReadelf(row, columns ?? [], elf.architecture));
        }
        expect(actual).toEqual(rows);
        compared += rows.size;
      }
      expect(compared).toBeGreaterThan(10);
    });

    it.skipIf(target.kind === '.debug_frame')('is found alike at every address through header and list', () => {
      const { elf, frames } = compiled(target);
      const { address, bytes } = elf.section('.eh_frame_hdr')!;
      const byHeader = new HeaderRowSource({ address, bytes }, frames);
      expect(byHeader.headerProblem).toBeUndefined();
      const byList = new ListRowSource([frames]);
      const a = new Row(elf.architecture.columnCount);
      const b = new Row(elf.architecture.columnCount);
      let found = 0;
      let differing = 0;
      const text = elf.section('.text')!;
      for (let pc = Number(text.address) - 64; pc < Number(text.address) + text.size + 64; pc++) {
        const hit = byHeader.lookup(pc, 0, a);
        expect(byList.lookup(pc, 0, b)).toBe(hit);
        if (!hit) continue;
        found++;
        if (formatRow(a, elf.architecture) !== formatRow(b, elf.architecture) || a.startLo !== b.startLo) differing++;
        if (pc < a.startLo || pc >= a.endLo || a.endLo !== b.endLo) differing++;
      }
      expect(differing).toBe(0);
      expect(found).toBeGreaterThan(100);
    });
  });
}
