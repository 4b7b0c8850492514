import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/index.ts';
import { parseReadelf } from '../../../harness/oracles/index.ts';

const output = `Contents of the .eh_frame section (loaded from a.out):


00000000 0000000000000014 00000000 CIE "zR" cf=1 df=-8 ra=16
   LOC           CFA      ra    
0000000000000000 rsp+8    c-8   

00000018 0000000000000020 0000001c FDE cie=00000000 pc=0000000000001000..0000000000001126
   LOC           CFA      rbx   rbp   xmm6  ra    
0000000000001000 rsp+8    u     s     u     c-8   
000000000000100e rsp+16   r8 (r8) vexp  c-48  c-8   
0000000000001024 exp      v+16  exp   c-48  c+0   

0000003c 0000000000000010 00000040 FDE cie=00000000 pc=0000000000002000..0000000000002010

00000050 ZERO terminator

Contents of the .debug_frame section:


00000000 0000000000000010 ffffffff CIE "" cf=1 df=-8 ra=16

00000018 0000000000000010 00000000 FDE cie=00000000 pc=0000000000003000..0000000000003004
`;

describe('what readelf prints', () => {
  it('is read row by row, registers that are not tracked left out', () => {
    const [first] = parseReadelf(output, x86_64);
    expect(first).toEqual({
      section: '.eh_frame',
      offset: 0x18,
      start: 0x1000n,
      end: 0x1126n,
      rows: [
        { location: 0x1000n, cfa: 'rsp+8', rules: new Map(Object.entries({ rbx: 'u', rbp: 's', rip: '[CFA-8]' })) },
        { location: 0x100en, cfa: 'rsp+16', rules: new Map(Object.entries({ rbx: 'r8', rbp: '{}', rip: '[CFA-8]' })) },
        { location: 0x1024n, cfa: '{}', rules: new Map(Object.entries({ rbx: 'CFA+16', rbp: '[{}]', rip: '[CFA]' })) },
      ],
    });
  });

  it('has the row of its CIE for an FDE of nops, for which nothing is printed', () => {
    const fdes = parseReadelf(output, x86_64);
    expect(fdes[1]!.rows).toEqual([{ location: 0x2000n, cfa: 'rsp+8', rules: new Map([['rip', '[CFA-8]']]) }]);
  });

  it('keeps the CIEs of sections apart, whose offsets are the same', () => {
    const fdes = parseReadelf(output, x86_64);
    expect(fdes.map(({ section, offset }) => [section, offset])).toEqual([
      ['.eh_frame', 0x18],
      ['.eh_frame', 0x3c],
      ['.debug_frame', 0x18],
    ]);
    expect(fdes[2]!.rows).toEqual([{ location: 0x3000n, cfa: 'u', rules: new Map() }]);
  });

  it('names registers of AArch64 as the engine does', () => {
    const printed = `Contents of the .eh_frame section:

00000000 0000000000000010 00000000 CIE "zR" cf=4 df=-8 ra=30
   LOC           CFA      
0000000000000000 sp+0     

00000014 0000000000000038 00000018 FDE cie=00000000 pc=0000000000000000..0000000000000140
   LOC           CFA      x29   ra    v8    v20   
000000000000001c x29+272  c-272 c-264 c-16  c-8   
`;
    const [row] = parseReadelf(printed, aarch64)[0]!.rows;
    expect(row!.cfa).toBe('x29+272');
    expect(Object.fromEntries(row!.rules)).toEqual({ x29: '[CFA-272]', x30: '[CFA-264]', d8: '[CFA-16]' });
  });
});
