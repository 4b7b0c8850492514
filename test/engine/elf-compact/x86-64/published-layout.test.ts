import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { g2 } from '../../../../engine/elf-compact/x86-64/g2.ts';
import { g3 } from '../../../../engine/elf-compact/x86-64/g3.ts';
import type { Descriptor, PublishedLayout } from '../../../../engine/elf-compact/x86-64/published-layout.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { formatRow } from '../../../../engine/row/format-row.ts';
import { RuleKind } from '../../../../engine/row/row.ts';
import { join, rowAt, statesOf } from '../descriptors.ts';

const value = (descriptor: Descriptor | undefined): bigint => join(descriptor!.lo, descriptor!.hi);
const none = 'CFA=rsp+8 rip=[CFA-8]';

describe('an RBP frame', () => {
  // push rbp; mov rbp, rsp; pop rbp; ret
  it('has the published descriptor and its states', () => {
    for (const layout of [g2, g3]) {
      expect(value(layout.rbpDescriptor({ prologue: 4, inner: 0, epilogue: 1, mask: 1 }))).toBe(0x0000010420000001n);
      expect(statesOf(layout, 0x0000010420000001n, 6)).toEqual([
        `0..1 ${none}`,
        '1..4 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
        '4..5 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
        `5..6 ${none}`,
      ]);
    }
  });

  it('lists other registers once all of them are stored, and until RBP is restored', () => {
    // endbr64; push rbp; mov rbp, rsp; push r15; push r12; push rbx; …; pop rbx; pop r12; pop r15; pop rbp; ret
    const mask = 0b1010011;
    const descriptor = value(g3.rbpDescriptor({ prologue: 13, inner: 5, epilogue: 1, mask }));
    expect(descriptor).toBe(0x0000_010d_2014_0053n);
    expect(statesOf(g3, descriptor, 40)).toEqual([
      `0..5 ${none}`,
      '5..8 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
      '8..13 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      '13..39 CFA=rbp+16 rbx=[CFA-40] rbp=[CFA-16] r12=[CFA-32] r15=[CFA-24] rip=[CFA-8]',
      `39..40 ${none}`,
    ]);
  });

  it('may start anywhere in its prologue', () => {
    const states = (prologue: number) =>
      statesOf(g2, value(g2.rbpDescriptor({ prologue, inner: 2, epilogue: 0, mask: 3 })), 10);
    const moving = 'CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]';
    const inner = 'CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]';
    const body = 'CFA=rbp+16 rbp=[CFA-16] r15=[CFA-24] rip=[CFA-8]';
    expect(states(6)).toEqual([`0..1 ${none}`, `1..4 ${moving}`, `4..6 ${inner}`, `6..10 ${body}`]);
    expect(states(5)).toEqual([`0..3 ${moving}`, `3..5 ${inner}`, `5..10 ${body}`]);
    expect(states(3)).toEqual([`0..1 ${moving}`, `1..3 ${inner}`, `3..10 ${body}`]);
    expect(states(1)).toEqual([`0..1 ${inner}`, `1..10 ${body}`]);
    expect(states(0)).toEqual([`0..10 ${body}`]);
  });
});

describe('an RSP frame', () => {
  it('without saved registers has one instruction at each end', () => {
    // sub rsp, 24; …; add rsp, 24; ret
    const descriptor = value(g3.rspDescriptor({ prologue: 4, epilogue: 1, mask: 0, frameUnits: 4 }));
    expect(descriptor).toBe(0x0000_0104_4000_0200n);
    expect(statesOf(g3, descriptor, 20)).toEqual([`0..4 ${none}`, '4..19 CFA=rsp+32 rip=[CFA-8]', `19..20 ${none}`]);
  });

  it('has a state behind every push and before every pop', () => {
    // push r15; push rbx; sub rsp, 136; …; add rsp, 136; pop rbx; pop r15; ret
    const descriptor = value(g2.rspDescriptor({ prologue: 10, epilogue: 4, mask: 0b100010, frameUnits: 20 }));
    expect(descriptor).toBe(0x0000_040a_4000_0522n);
    const one = 'CFA=rsp+16 r15=[CFA-16] rip=[CFA-8]';
    const two = 'CFA=rsp+24 rbx=[CFA-24] r15=[CFA-16] rip=[CFA-8]';
    expect(statesOf(g2, descriptor, 30)).toEqual([
      `0..2 ${none}`,
      `2..3 ${one}`,
      `3..10 ${two}`,
      '10..26 CFA=rsp+160 rbx=[CFA-24] r15=[CFA-16] rip=[CFA-8]',
      `26..27 ${two}`,
      `27..29 ${one}`,
      `29..30 ${none}`,
    ]);
  });

  it('without room below its registers ends behind the first pop', () => {
    // push rbp; push rbx; …; pop rbx; pop rbp; ret
    const descriptor = value(g3.rspDescriptor({ prologue: 2, epilogue: 2, mask: 0b1000001, frameUnits: 3 }));
    expect(statesOf(g3, descriptor, 10)).toEqual([
      `0..1 ${none}`,
      '1..2 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
      '2..8 CFA=rsp+24 rbx=[CFA-24] rbp=[CFA-16] rip=[CFA-8]',
      '8..9 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
      `9..10 ${none}`,
    ]);
  });

  it('starts in the middle of its prologue where that is shorter than its instructions', () => {
    // push r14; push r13; push rax
    const states = (prologue: number) =>
      statesOf(g2, value(g2.rspDescriptor({ prologue, epilogue: 0, mask: 0b1100, frameUnits: 4 })), 9);
    const one = 'CFA=rsp+16 r14=[CFA-16] rip=[CFA-8]';
    const two = 'CFA=rsp+24 r13=[CFA-24] r14=[CFA-16] rip=[CFA-8]';
    const body = 'CFA=rsp+32 r13=[CFA-24] r14=[CFA-16] rip=[CFA-8]';
    expect(states(4)).toEqual([`0..1 ${none}`, `1..3 ${one}`, `3..4 ${two}`, `4..9 ${body}`]);
    expect(states(3)).toEqual([`0..2 ${one}`, `2..3 ${two}`, `3..9 ${body}`]);
    expect(states(2)).toEqual([`0..1 ${one}`, `1..2 ${two}`, `2..9 ${body}`]);
    expect(states(1)).toEqual([`0..1 ${two}`, `1..9 ${body}`]);
    expect(states(0)).toEqual([`0..9 ${body}`]);
  });

  it('is cut off where its range ends before all registers are popped', () => {
    const descriptor = value(g2.rspDescriptor({ prologue: 0, epilogue: 1, mask: 0b110, frameUnits: 4 }));
    expect(statesOf(g2, descriptor, 5).slice(1)).toEqual(['4..5 CFA=rsp+24 r14=[CFA-24] r15=[CFA-16] rip=[CFA-8]']);
  });
});

it('the second RBP of the third generation has the slot of its place', () => {
  // push r12; push rbp; push rbx
  const descriptor = value(g3.rspDescriptor({ prologue: 0, epilogue: 0, mask: 0b1110000, frameUnits: 4 }));
  expect(statesOf(g3, descriptor, 1)).toEqual(['0..1 CFA=rsp+32 rbx=[CFA-32] rbp=[CFA-24] r12=[CFA-16] rip=[CFA-8]']);
});

it('mode 0 is a return address on top of the stack, everywhere', () => {
  for (const layout of [g2, g3]) expect(statesOf(layout, 0n, 5)).toEqual([`0..5 ${none}`]);
});

it('a personality changes no row', () => {
  expect(statesOf(g3, 0x000001043c000001n, 6)).toEqual(statesOf(g3, 0x0000010420000001n, 6));
});

it('a row says what a row of DWARF says besides', () => {
  const row = rowAt(g3, 0x0000010420000001n, 4, 6);
  expect(row).toMatchObject({ returnColumn: 16, signalFrame: false, bKey: false, signState: 0, argsSize: 0, cfaHi: 0 });
  expect([...row.ruleHi.slice(0, 2)]).toEqual([0xffffffff, 0xffffffff]);
});

describe('what a descriptor cannot say', () => {
  it.each([
    ['modes 3 to 6', 0x60000000n, /expected a descriptor of mode 0, 1, 2 or 7, found 0000000060000000/],
    ['mode 6', 0xc0000000n, /of mode 0, 1, 2 or 7/],
    ['bits above the epilogue', 0x0001_0000_4000_0080n, /with bits 63-48 clear/],
    ['bits above the epilogue of mode 0', 0x8000_0000_0000_0000n, /with bits 63-48 clear/],
    ['fields of mode 0', 2n, /without fields in mode 0/],
    ['a prologue of mode 0', 0x0000_0001_0000_0000n, /without fields in mode 0/],
    ['the reserved bits of RBP frames', 0x2000_0081n, /reserved bits/],
    ['a prologue and an epilogue that overlap', 0x0000_0605_2000_0001n, /fit into its 10 bytes/],
    ['an RBP frame that does not save RBP', 0x2000_0002n, /saves rbp, once/],
    ['an RBP frame that saves it twice', 0x2000_0021n, /saves rbp, once/],
    ['an RSP frame that saves it twice', 0x4000_0221n, /each register once/],
    ['a frame too small for its registers', 0x4000_0081n, /in its frame/],
    ['a frame without a return address', 0x4000_0000n, /in its frame/],
  ])('%s', (_, descriptor, message) => {
    const fill = () => rowAt(g3, descriptor, 0, 10);
    expect(fill).toThrow(UnwindError);
    expect(fill).toThrow(message);
    expect(fill).toThrow(/^\.eh_frame_hdr: /);
  });

  it('does not keep the smallest possible range from being read', () => {
    expect(statesOf(g3, 0x0000_0605_2000_0001n, 11)).toHaveLength(3);
    expect(statesOf(g3, 0x4000_0181n, 1)).toEqual(['0..1 CFA=rsp+24 rbp=[CFA-16] rip=[CFA-8]']);
  });
});

describe('packing refuses', () => {
  const rbp = { prologue: 4, inner: 0, epilogue: 1, mask: 1 };
  const rsp = { prologue: 4, epilogue: 1, mask: 0, frameUnits: 4 };

  it.each([
    ['a prologue of 256 bytes', () => g3.rbpDescriptor({ ...rbp, prologue: 256 })],
    ['an inner prologue of 256 bytes', () => g3.rbpDescriptor({ ...rbp, inner: 256 })],
    ['an epilogue of 256 bytes', () => g3.rbpDescriptor({ ...rbp, epilogue: 256 })],
    ['RBP frames without RBP', () => g3.rbpDescriptor({ ...rbp, mask: 2 })],
    ['RBP saved twice', () => g3.rbpDescriptor({ ...rbp, mask: 0b100001 })],
    ['a prologue of 256 bytes of an RSP frame', () => g3.rspDescriptor({ ...rsp, prologue: 256 })],
    ['an epilogue of 256 bytes of an RSP frame', () => g3.rspDescriptor({ ...rsp, epilogue: 256 })],
    ['2^19 units in the third generation', () => g3.rspDescriptor({ ...rsp, frameUnits: 2 ** 19 })],
    ['2^20 units in the second', () => g2.rspDescriptor({ ...rsp, frameUnits: 2 ** 20 })],
    ['fewer units than registers', () => g3.rspDescriptor({ ...rsp, mask: 0b110, frameUnits: 2 })],
    ['more registers than there are', () => g2.rspDescriptor({ ...rsp, mask: 0b1000000, frameUnits: 9 })],
  ])('%s', (_, pack) => {
    expect(pack()).toBeUndefined();
  });

  it('and takes what just fits', () => {
    expect(value(g2.rspDescriptor({ ...rsp, frameUnits: 2 ** 20 - 1 }))).toBe(0x0000_0104_43ff_ffc0n);
    expect(value(g3.rspDescriptor({ ...rsp, frameUnits: 2 ** 19 - 1 }))).toBe(0x0000_0104_43ff_ff80n);
    const full = { prologue: 255, inner: 255, epilogue: 255, mask: 1 };
    expect(value(g3.rbpDescriptor(full))).toBe(0x0000_ffff_23fc_0001n);
  });
});

describe('the size of an epilogue', () => {
  it('is a field of frames, and of nothing else', () => {
    expect(g3.epilogueSize(0x20000001, 0x0104)).toBe(1);
    expect(g3.epilogueSize(0x40000200, 0xff00)).toBe(255);
    expect([0, 1, 0x60000000, 0xe0000100].map((lo) => g3.epilogueSize(lo, 0x0104))).toEqual([-1, -1, -1, -1]);
  });

  it('is replaced where it fits', () => {
    const out = new Uint32Array(2);
    expect(g3.withEpilogueSize(0x20000001, 0x0104, 255, out)).toBe(true);
    expect([...out]).toEqual([0x20000001, 0xff04]);
    expect(g3.withEpilogueSize(0x20000001, 0x0104, 256, out)).toBe(false);
    expect(g3.withEpilogueSize(0, 0, 1, out)).toBe(false);
    expect([...out]).toEqual([0x20000001, 0xff04]);
  });
});

/** An instruction of a frame: its bytes, and what it does. */
type Step = { readonly size: number; readonly push?: string; readonly pop?: true; readonly room?: number };

const names = [
  'rax',
  'rdx',
  'rcx',
  'rbx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
];

/** What holds before each byte of instructions that are executed one after the other. */
function executed(steps: readonly Step[]): string[] {
  const saved: string[] = [];
  let room = 0;
  return steps.flatMap((step) => {
    const rules = saved.map((name, i) => [names.indexOf(name), `${name}=[CFA-${8 * (i + 2)}]`] as const);
    const ordered = rules.sort(([a], [b]) => a - b).map(([, rule]) => `${rule} `);
    const state = `CFA=rsp+${8 * (1 + saved.length) + room} ${ordered.join('')}rip=[CFA-8]`;
    if (step.push !== undefined) saved.push(step.push);
    if (step.pop === true) saved.pop();
    room += step.room ?? 0;
    return Array<string>(step.size).fill(state);
  });
}

describe('frames as they are executed', () => {
  const layouts = fc.constantFrom<PublishedLayout>(g2, g3);
  const size = fc.nat(20);

  it('are what an RSP frame says at every byte, wherever its range starts', () => {
    fc.assert(
      fc.property(
        layouts,
        fc.nat(127),
        fc.nat(40),
        size,
        size,
        size,
        fc.nat(60),
        (layout, bits, units, head, body, tail, cut) => {
          const mask = bits & layout.order.mask;
          fc.pre(layout.order.distinct[mask] === 1);
          const saved = layout.order.columns
            .filter((_, bit) => ((mask >> bit) & 1) !== 0)
            .map((column) => names[column]!);
          const pushBytes = (name: string) => (name.startsWith('r1') ? 2 : 1);
          const room = 8 * units;
          const roomBytes = room === 0 ? 0 : room === 8 ? 1 : room < 128 ? 4 : 7;
          const prologue: Step[] = [
            { size: head },
            ...saved.map((push) => ({ size: pushBytes(push), push })),
            { size: roomBytes, room },
          ];
          const pops = [...saved].reverse().map((name) => ({ size: pushBytes(name), pop: true as const }));
          const epilogue: Step[] = [{ size: roomBytes, room: -room }, ...pops, { size: 1 + tail }];
          const sizeOf = (steps: readonly Step[]) => steps.reduce((sum, step) => sum + step.size, 0);
          const all = executed([...prologue, { size: body }, ...epilogue]);
          // The epilogue counts from behind its first instruction, if it has more than the return.
          const first = epilogue.find((step) => step.size > 0 && (step.pop ?? step.room) !== undefined)?.size ?? 0;
          const start = Math.min(cut, sizeOf(prologue));
          const descriptor = layout.rspDescriptor({
            prologue: sizeOf(prologue) - start,
            epilogue: sizeOf(epilogue) - first,
            mask,
            frameUnits: units + 1 + saved.length,
          });
          const length = all.length - start;
          for (let offset = 0; offset < length; offset++) {
            const row = rowAt(layout, value(descriptor), offset, length);
            expect(formatRow(row, layout.architecture)).toBe(all[start + offset]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('any 64 bits are rows with sound bounds, or an error', () => {
  const descriptors = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 48n - 1n));
  fc.assert(
    fc.property(fc.constantFrom(g2, g3), descriptors, fc.nat(600), fc.nat(600), (layout, descriptor, offset, more) => {
      try {
        const row = rowAt(layout, descriptor, offset, offset + 1 + more);
        expect(row.startLo <= offset && offset < row.endLo && row.endLo <= offset + 1 + more).toBe(true);
        const columns = [...row.ruleColumn.slice(0, row.ruleCount)];
        expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
        expect([...row.ruleKind.slice(0, row.ruleCount)].every((kind) => kind === RuleKind.offset)).toBe(true);
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
