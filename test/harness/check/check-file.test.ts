import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ArchitectureName, FrameSection, fdes, readElf, UnwindError } from '../../../engine/index.ts';
import { cfi, dwarf, expression } from '../../../generators/cfi/index.ts';
import { recordFile } from '../../../harness/check/index.ts';
import { kindsOfFindings } from '../../../harness/check/kinds.ts';
import { damaged, type Sample, sample } from './damage.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];

/** Offsets of the FDEs of `.eh_frame`, in its order: of `f`, then of `g`. */
function fdeOffsets(image: Uint8Array): number[] {
  const elf = readElf(image);
  const { address, bytes } = elf.section('.eh_frame')!;
  const { architecture } = elf;
  const section = new FrameSection({ kind: '.eh_frame', section: { address, bytes }, architecture });
  return Array.from(fdes(section), ({ offset }) => offset);
}

/** Changes the FDE of `f`: `at` is the offset of its length field. */
const inFde = (image: Uint8Array, change: (view: DataView, at: number) => void) =>
  damaged(image, '.eh_frame', (view) => change(view, fdeOffsets(image)[0]!));

/** Where the rows of `.eh_frame_hdr` begin, with the usual encodings. */
const table = 12;

type Damage = (architecture: ArchitectureName) => Uint8Array;
const withCfi =
  (...placed: NonNullable<Sample['placed']>): Damage =>
  (architecture) =>
    sample(architecture, { placed });

/** What is wrong, what it is found as (exactly that, besides what follows from it), and a word of the message. */
const damages: readonly (readonly [string, readonly string[], RegExp, Damage])[] = [
  [
    'an entry longer than the section',
    ['entry-broken', 'header-entry-wrong', 'code-without-fde', 'terminator-missing'],
    /ends in the section/,
    (a) => {
      const image = sample(a);
      return damaged(image, '.eh_frame', (view) => view.setUint32(fdeOffsets(image)[1]!, 0x1000, true));
    },
  ],
  [
    'a CIE pointer out of the section',
    ['entry-broken', 'header-entry-wrong', 'code-without-fde'],
    /CIE pointer/,
    (a) => inFde(sample(a), (view, at) => view.setUint32(at + 4, 0x7000_0000, true)),
  ],
  ['an unknown opcode', ['instructions-broken'], /known DW_CFA opcode, found 0x26/, withCfi([4, cfi.raw(0x26)])],
  [
    'an operand out of the entry',
    ['instructions-broken'],
    /./,
    (a) =>
      // The last byte of the FDE becomes an advance without its operand.
      inFde(sample(a), (view, at) => view.setUint8(at + 3 + view.getUint32(at, true), 0x02)),
  ],
  [
    'a state restored that nobody remembered',
    ['state-unbalanced'],
    /remembered state/,
    withCfi([4, cfi.restoreState()]),
  ],
  ['a state left', ['state-left'], /1 remembered/, withCfi([4, cfi.rememberState()])],
  [
    'a register there is not',
    ['register-unknown'],
    /no DWARF register 200/,
    withCfi([4, cfi.offsetExtended(200, -16)]),
  ],
  [
    'an advance beyond the end',
    ['row-past-range'],
    /begins (67|256) bytes into a function of 16/,
    withCfi([4, cfi.raw(0x7f)]),
  ],
  [
    'a row where the FDE ends',
    ['row-at-end'],
    /begins 16 bytes into a function of 16/,
    withCfi([16, cfi.defCfaOffset(48)]),
  ],
  ['a CFA below SP', ['cfa-impossible'], /below SP/, withCfi([4, cfi.defCfaOffsetSf(-16)])],
  ['a CFA the ABI does not allow', ['cfa-impossible'], /not a multiple of (8|16)/, withCfi([4, cfi.defCfaOffset(20)])],
  [
    'an expression that takes more than is there',
    ['expression-broken'],
    /takes more from its stack/,
    withCfi([4, cfi.defCfaExpression(expression(dwarf.drop()))]),
  ],
  [
    'an expression that never ends',
    ['expression-broken'],
    /never ends/,
    withCfi([4, cfi.defCfaExpression(expression(dwarf.lit(1), dwarf.mark('a'), dwarf.skip('a')))]),
  ],
  [
    'an FDE that is no code',
    ['fde-outside-code', 'header-entry-wrong', 'header-incomplete', 'code-without-fde'],
    /not in one executable segment/,
    (a) => inFde(sample(a), (view, at) => view.setInt32(at + 8, view.getInt32(at + 8, true) + 0x100_0000, true)),
  ],
  [
    'FDEs that overlap',
    ['fde-overlap'],
    /and the FDE at/,
    (a) => inFde(sample(a), (view, at) => view.setUint32(at + 12, 17, true)),
  ],
  [
    'an FDE without addresses',
    ['fde-empty', 'code-without-fde'],
    /no bytes/,
    (a) => inFde(sample(a), (view, at) => view.setUint32(at + 12, 0, true)),
  ],
  [
    'entries behind a zero length',
    ['terminator-early', 'header-entry-wrong', 'code-without-fde'],
    /bytes follow/,
    (a) => {
      const image = sample(a);
      return damaged(image, '.eh_frame', (view) => view.setUint32(fdeOffsets(image)[1]!, 0, true));
    },
  ],
  [
    'a header of another version',
    ['header-unusable'],
    /version 1/,
    (a) => damaged(sample(a), '.eh_frame_hdr', (view) => view.setUint8(0, 2)),
  ],
  [
    'a header that leads elsewhere',
    ['header-unusable'],
    /names 0x/,
    (a) => damaged(sample(a), '.eh_frame_hdr', (view) => view.setInt32(4, view.getInt32(4, true) + 4, true)),
  ],
  [
    'a count beyond the header',
    ['header-unusable'],
    /ends in the section/,
    (a) => damaged(sample(a), '.eh_frame_hdr', (view) => view.setUint32(8, 3, true)),
  ],
  ['a header without a table', ['header-without-table'], /2 FDEs/, (a) => sample(a, { searchTable: false })],
  [
    'a table that is not sorted',
    ['header-unsorted'],
    /stands behind/,
    (a) =>
      damaged(sample(a), '.eh_frame_hdr', (view) => {
        for (const half of [0, 4]) {
          const first = view.getInt32(table + half, true);
          view.setInt32(table + half, view.getInt32(table + 8 + half, true), true);
          view.setInt32(table + 8 + half, first, true);
        }
      }),
  ],
  [
    'an entry for another function',
    ['header-entry-wrong', 'header-incomplete'],
    /that FDE begins at/,
    (a) =>
      damaged(sample(a), '.eh_frame_hdr', (view) => view.setInt32(table + 4, view.getInt32(table + 12, true), true)),
  ],
  [
    'a function that is not in the table',
    ['header-incomplete'],
    /has no entry/,
    (a) => damaged(sample(a), '.eh_frame_hdr', (view) => view.setUint32(8, 1, true)),
  ],
  ['a function without an FDE', ['code-without-fde'], /^g, 16 bytes/, (a) => sample(a, { uncovered: true })],
  [
    'sections that differ',
    ['sections-differ'],
    /\+48/,
    (a) => {
      const image = sample(a, {
        placed: [[4, cfi.defCfaOffset(48)]],
        unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'],
      });
      return damaged(image, '.debug_frame', (view) => {
        for (let i = 0; i < view.byteLength; i++)
          if (view.getUint16(i, false) === 0x0e30) return view.setUint8(i + 1, 64);
      });
    },
  ],
];

describe.each(architectures)('recordFile() on %s', (architecture) => {
  const record = (image: Uint8Array) => recordFile('sample', image);

  it('finds nothing where nothing is wrong, in any container', () => {
    const containers: Sample[] = [
      {},
      { unwindSections: ['.eh_frame'] },
      { unwindSections: ['.debug_frame'] },
      { unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'] },
      { type: 'shared', textAddress: 0x1000n },
    ];
    for (const container of containers) {
      const { kinds, fdes: counts } = record(sample(architecture, container));
      expect(kinds).toEqual({});
      expect(Object.values(counts).every((count) => count === 2)).toBe(true);
    }
  });

  it.each(damages)('names %s', (_, kinds, message, make) => {
    const { findings, kinds: found } = record(make(architecture));
    expect(Object.keys(found).sort()).toEqual([...kinds].sort());
    expect(findings.find(({ kind }) => kind === kinds[0])!.message).toMatch(message);
    for (const { kind, count } of Object.entries(found).map(([name, value]) => ({ kind: name, ...value }))) {
      expect(findings.filter((finding) => finding.kind === kind).length).toBe(count);
    }
  });

  it('names the function and the place', () => {
    const { findings } = record(sample(architecture, { placed: [[4, cfi.restoreState()]] }));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ section: '.eh_frame', function: 'f', address: '0x401000' });
    expect(findings[0]!.offset).toBeGreaterThan(0);
  });

  it('holds a function that several FDEs claim against the other section once', () => {
    const image = sample(architecture, { unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'] });
    const [f, g] = fdeOffsets(image) as [number, number];
    // The FDE of `g`, whose rows are others, is for `f` as well: its start is relative to its own place.
    damaged(image, '.eh_frame', (view) => view.setInt32(g + 8, view.getInt32(f + 8, true) + f - g, true));
    const { kinds } = record(image);
    expect(kinds).toHaveProperty('fde-overlap');
    expect(kinds).not.toHaveProperty('sections-differ');
  });

  it('throws for what has no call frame information', () => {
    expect(() => record(sample(architecture, { unwindSections: [] }))).toThrow(UnwindError);
  });

  it('looks at objects as their loader lays them out', () => {
    const object = (name: string) =>
      record(
        Uint8Array.from(readFileSync(new URL(`../../fixtures/cfi/objects/${architecture}/${name}.o`, import.meta.url))),
      );
    expect(object('right')).toMatchObject({ kinds: {}, fdes: { '.eh_frame': architecture === 'aarch64' ? 8 : 7 } });
    // A CFA below the return address.
    if (architecture === 'x86-64') expect(Object.keys(object('run-3-replace1').kinds)).toEqual(['cfa-impossible']);
  });

  it('knows that code is covered by an FDE however many begin between', () => {
    const image = sample(architecture, { size: 64 });
    const [f, g] = fdeOffsets(image) as [number, number];
    // The FDE of `f` reaches over `g`, whose own is moved into `f`.
    damaged(image, '.eh_frame', (view) => {
      view.setUint32(f + 12, 96, true);
      view.setInt32(g + 8, view.getInt32(f + 8, true) + f - g + 4, true);
      view.setUint32(g + 12, 4, true);
    });
    expect(record(image).kinds).not.toHaveProperty('code-without-fde');
  });
});

it('every kind but the missing terminator alone is shown by a damage', () => {
  const shown = new Set(damages.flatMap(([, kinds]) => kinds));
  expect(Object.keys(kindsOfFindings).filter((kind) => !shown.has(kind))).toEqual([]);
});
