import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Architecture, aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { compileRules, mostWords } from '../../../engine/cache/compile-rules.ts';
import { PlainRules } from '../../../engine/cache/plain-rules.ts';
import { type FrameSection, ListRowSource } from '../../../engine/dwarf/index.ts';
import { readElf } from '../../../engine/elf/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { Module, openElfModule, precompute } from '../../../engine/index.ts';
import { Row } from '../../../engine/row/row.ts';
import type { RowSource } from '../../../engine/row/source.ts';
import { readManifest } from '../../fixtures/manifest.ts';
import { hi, lo } from '../hand-made.ts';
import { type Content, FrameBytes, text, u32 } from './frame-bytes.ts';

/** The executable rules found the short way; undefined where that does not find any. */
function plain(source: RowSource, architecture: Architecture, pc: bigint): number[] | undefined {
  const code = new Int32Array(40).fill(0x5a5a5a5a);
  const found = source.lookupPlain?.(lo(pc), hi(pc), new PlainRules(architecture, code, 3)) === true;
  // The three words before, and from the slot's last word on, are somebody else's.
  expect([...code.subarray(0, 3), ...code.subarray(15)].every((word) => word === 0x5a5a5a5a)).toBe(true);
  return found ? Array.from(code.subarray(3, 5 + ((code[3]! >> 1) & 31))) : undefined;
}

/** The same by the row that holds; the message where that is an error. */
function byRow(source: RowSource, architecture: Architecture, pc: bigint): number[] | string {
  const row = new Row(architecture.columnCount);
  try {
    if (!source.lookup(lo(pc), hi(pc), row)) return 'nothing';
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return error.message;
  }
  const code = new Int32Array(mostWords(architecture));
  const end = compileRules(architecture, row, code, 0);
  return Array.from(code.subarray(0, end));
}

/** Expects what is found the short way to be right; returns at how many of the addresses something is. */
function check(source: RowSource, architecture: Architecture, addresses: Iterable<bigint>): number {
  let found = 0;
  for (const pc of addresses) {
    const rules = plain(source, architecture, pc);
    if (rules === undefined) continue;
    expect(rules, pc.toString(16)).toEqual(byRow(source, architecture, pc));
    found++;
  }
  return found;
}

function* range(from: bigint, to: bigint): Generator<bigint> {
  for (let pc = from; pc < to; pc++) yield pc;
}

const x86Cie: Content = [1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1];
const armCie: Content = [1, text('zR'), 4, 0x78, 30, 1, 0x1b, 0x0c, 31, 0];

/** Functions of 0x40 bytes from 0x10000 on in a section at 0x5000. */
function bytesOf(programs: readonly Content[], cie: Content): FrameBytes {
  const frames = new FrameBytes();
  const cieOffset = frames.cie(...cie);
  programs.forEach((program, index) => {
    const start = 0x10000 + 0x40 * index - (0x5000 + frames.length + 8);
    frames.fde(cieOffset, u32(start), u32(0x40), 0, ...program);
  });
  frames.raw(u32(0));
  return frames;
}

const sources = (section: FrameSection): RowSource[] => {
  const list = new ListRowSource([section]);
  return [list, precompute(new Module('', section.architecture, 0n, 2n ** 64n - 1n, list)).source];
};

const withFramePointer = [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 0x20, 0x0c, 7, 8];
const withSaves = [0x42, 0x0e, 16, 0x8f, 2, 0x42, 0x0e, 24, 0x8e, 3, 0x0a, 0x44, 0xce, 0x0e, 8, 0x41, 0x0b];

describe('lookupPlain()', () => {
  it('finds nearly all that compilers write', () => {
    const section = bytesOf([withFramePointer, withSaves], x86Cie).section();
    for (const source of sources(section)) expect(check(source, x86_64, range(0xfff0n, 0x10090n))).toBe(0x80);
  });

  it('says nothing else than rows do, whatever the instructions', () => {
    const operand = fc.oneof(fc.nat(40), fc.nat(255));
    const opcodes = [0x0e, 0x0d, 0x83, 0x86, 0x8c, 0x90, 0x9e, 0x9d, 0x02, 0x07, 0x08, 0x2e];
    const instruction = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 0x40, max: 0x50 })) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...opcodes), operand) },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom(0x0a, 0x0b, 0x00, 0xc3, 0xc6, 0xd0, 0xde)) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(0x03, 0x0c, 0x05, 0x09, 0x14), operand, operand) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(255)) },
    );
    const program = fc.array(instruction, { maxLength: 24 }).map((parts) => [parts.flat()]);
    const cies: Readonly<Record<string, readonly [Content, Architecture]>> = {
      usual: [x86Cie, x86_64],
      arm: [armCie, aarch64],
      'a register saved by the CIE': [[1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 16, 0x90, 1, 0x83, 2], x86_64],
      'other factors': [[1, text('zR'), 2, 0x7c, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 2], x86_64],
      'a positive factor': [[1, text('zR'), 1, 8, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1], x86_64],
      'a signal frame': [[1, text('zRS'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1], x86_64],
      'another return column': [[1, text('zR'), 4, 0x78, 29, 1, 0x1b, 0x0c, 31, 0], aarch64],
      'no rule for the return address': [[1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8], x86_64],
      'a CFA that is an expression': [[1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0f, 2, 0x77, 8, 0x90, 1], x86_64],
    };
    const found = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.array(program, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...Object.keys(cies)),
        (programs, name) => {
          const [cie, architecture] = cies[name]!;
          const section = bytesOf(programs, cie).section({ architecture });
          for (const source of sources(section)) {
            const count = check(source, architecture, range(0x10000n, 0x10000n + 0x40n * BigInt(programs.length)));
            found.set(name, (found.get(name) ?? 0) + count);
          }
        },
      ),
      { numRuns: 400 },
    );
    for (const name of ['usual', 'arm', 'a register saved by the CIE', 'other factors']) {
      expect(found.get(name), name).toBeGreaterThan(0);
    }
    for (const name of ['a signal frame', 'another return column']) expect(found.get(name) ?? 0, name).toBe(0);
  });

  it('says nothing else than rows do in damaged sections', () => {
    const good = bytesOf([withFramePointer, withSaves, withFramePointer], x86Cie).bytes;
    const change = fc.tuple(fc.nat(good.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0x5000n, 0x7fff_0000_5000n, 0xffff_ffff_ffff_5000n),
        fc.option(fc.nat(good.length)),
        (changes, address, cut) => {
          const bytes = good.slice();
          for (const [offset, value] of changes) bytes[offset] = value;
          const section = new FrameBytes().section({
            section: { address, bytes: bytes.subarray(0, cut ?? undefined) },
          });
          const start = BigInt.asUintN(64, address + 0xb000n);
          const some = Array.from({ length: 52 }, (_, i) => BigInt.asUintN(64, start + 4n * BigInt(i) - 8n));
          for (const source of sources(section)) found += check(source, x86_64, [...some, 0n, 2n ** 64n - 1n]);
        },
      ),
      { numRuns: 400 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  describe.each(['header', 'list'] as const)('searching by %s', (lookup) => {
    it.each(
      readManifest()
        .binaries.filter(({ path }, index) => index % 31 === 0 && !path.endsWith('.o'))
        .map(({ path }) => path),
    )('finds the right rules in %s', (path) => {
      const elf = readElf(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));
      const module = openElfModule(elf, { name: path, loadBias: 0n, lookup });
      const { address, bytes } = elf.section('.text')!;
      const end = address + BigInt(Math.min(bytes.length, 3000));
      const described = Array.from(range(address, end)).filter((pc) => module.rowAt(pc) !== undefined);
      for (const { source } of [module, precompute(module)]) {
        const found = check(source, elf.architecture, described);
        // On AArch64 signed return addresses and registers d8 to d15 are out of the ordinary.
        if (elf.architecture === x86_64) expect(found).toBeGreaterThan(described.length / 2);
      }
    });
  });
});
