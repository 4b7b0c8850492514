import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Architecture, aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { compileRules, mostWords } from '../../../engine/cache/compile-rules.ts';
import { PlainRules } from '../../../engine/cache/plain-rules.ts';
import { Fde } from '../../../engine/dwarf/fde.ts';
import { FrameSection, ListRowSource } from '../../../engine/dwarf/index.ts';
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
  if (!found) return undefined;
  // The words before, and from the slot's last word on, are somebody else's.
  expect([...code.subarray(0, 3), ...code.subarray(15)].every((word) => word === 0x5a5a5a5a)).toBe(true);
  return Array.from(code.subarray(3, 5 + ((code[3]! >> 1) & 31)));
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
function functionsOf(programs: readonly Content[], cie: Content = x86Cie): Functions {
  const frames = new FrameBytes();
  const cieOffset = frames.cie(...cie);
  const offsets = programs.map((program, index) => {
    const start = 0x10000 + 0x40 * index - (0x5000 + frames.length + 8);
    return frames.fde(cieOffset, u32(start), u32(0x40), 0, ...program);
  });
  frames.raw(u32(0));
  return { bytes: frames.bytes, offsets };
}

interface Functions {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
}

/** The FDE at one offset, whether or not a search finds it. */
class OneFunction implements RowSource {
  readonly #section: FrameSection;
  readonly #offset: number;

  constructor(section: FrameSection, offset: number) {
    this.#section = section;
    this.#offset = offset;
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const fde = new Fde();
    this.#section.readFde(this.#offset, fde);
    if (!fde.covers(pcLo, pcHi)) return false;
    this.#section.fillRow(fde, pcLo, pcHi, row);
    return true;
  }

  lookupPlain(pcLo: number, pcHi: number, rules: PlainRules): boolean {
    return this.#section.lookupPlain(this.#offset, pcLo, pcHi, rules);
  }
}

/** Of the sources below: the precomputed one, which knows plain rules that are not found from the bytes. */
const table = 1;

/** Every way to look up in a section. */
function sourcesOf({ bytes, offsets }: Functions, architecture = x86_64, address = 0x5000n): RowSource[] {
  const section = new FrameSection({ kind: '.eh_frame', section: { address, bytes }, architecture });
  const list = new ListRowSource([section]);
  const precomputed = precompute(new Module('', architecture, 0n, 2n ** 64n - 1n, list)).source;
  return [list, precomputed, ...offsets.map((offset) => new OneFunction(section, offset))];
}

const withFramePointer = [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 0x20, 0x0c, 7, 8, 0xc6];
const withSaves = [0x42, 0x0e, 16, 0x8f, 2, 0x42, 0x0e, 24, 0x8e, 3, 0x0a, 0x44, 0xce, 0xcf, 0x0e, 8, 0x41, 0x0b];

describe('lookupPlain()', () => {
  it('finds nearly all that compilers write', () => {
    const counts = sourcesOf(functionsOf([withFramePointer, withSaves])).map((source) =>
      check(source, x86_64, range(0xfff0n, 0x10090n)),
    );
    expect(counts).toEqual([0x80, 0x80, 0x40, 0x40]);
  });

  it('says nothing else than rows do, whatever the instructions', () => {
    const operand = fc.oneof(fc.nat(8), fc.constantFrom(16, 32, 64, 112), fc.nat(255));
    const opcodes = [0x0e, 0x0d, 0x83, 0x86, 0x87, 0x8c, 0x90, 0x9e, 0x9d, 0x02, 0x07, 0x08, 0x2e];
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
      arm: [[1, text('zR'), 4, 0x78, 30, 1, 0x1b, 0x0c, 31, 0x60], aarch64],
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
          for (const source of sourcesOf(functionsOf(programs, cie), architecture)) {
            const count = check(source, architecture, range(0x10000n, 0x10000n + 0x40n * BigInt(programs.length)));
            found.set(name, (found.get(name) ?? 0) + count);
          }
        },
      ),
      { numRuns: 200 },
    );
    for (const name of ['usual', 'arm', 'a register saved by the CIE', 'other factors']) {
      expect(found.get(name), name).toBeGreaterThan(0);
    }
    for (const name of ['a signal frame', 'another return column']) expect(found.get(name) ?? 0, name).toBe(0);
  });

  it('says nothing else than rows do in damaged sections', () => {
    const good = functionsOf([withFramePointer, withSaves, withFramePointer]);
    const { length } = good.bytes;
    const change = fc.tuple(fc.nat(length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0x5000n, 0x7fff_0000_5000n, 0xffff_ffff_ffff_5000n),
        fc.option(fc.nat(length)),
        (changes, address, cut) => {
          const bytes = good.bytes.slice(0, cut ?? undefined);
          for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
          const start = BigInt.asUintN(64, address + 0xb000n);
          const some = Array.from({ length: 52 }, (_, i) => BigInt.asUintN(64, start + 4n * BigInt(i) - 8n));
          for (const source of sourcesOf({ ...good, bytes }, x86_64, address)) {
            found += check(source, x86_64, [...some, 0n, 2n ** 64n - 1n]);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  it.each<[string, Content]>([
    ['an operand that is cut off', [0x41, 0x0e]],
    ['a step that is cut off', [0x41, 0x02]],
    ['an offset of two bytes that is cut off', [0x41, 0x0e, 0x80]],
    ['a state that was not remembered', [0x41, 0x0b]],
    ['SP saved', [0x41, 0x87, 2]],
    ['the return address saved elsewhere', [0x41, 0x90, 2]],
    ['a register above the CFA', [0x41, 0x83, 0]],
    ['an unknown instruction', [0x41, 0x3f]],
    ['more states than it has room for', [Array.from({ length: 9 }, () => 0x0a), 0x41, 0x0b]],
  ])('finds nothing behind %s', (_, program) => {
    const counts = sourcesOf(functionsOf([program, program])).map((source) =>
      check(source, x86_64, range(0x10001n, 0x10040n)),
    );
    expect(counts.filter((_count, i) => i !== table)).toEqual([0, 0, 0]);
  });

  it.each<[string, Content]>([
    ['a CFA of an untracked register', [0x9e, 1, 0x41, 0x0d, 40]],
    ['more registers than it has room for', [0x9e, 1, Array.from({ length: 10 }, (_, i) => [0x93 + i, i + 2]).flat()]],
    ['a signed return address', [0x9e, 1, 0x41, 0x2d]],
    ['a vector register', [0x9e, 1, 0x41, 0x05, 72, 3]],
  ])('finds nothing behind %s on AArch64', (_, program) => {
    const counts = sourcesOf(functionsOf([program], armCie), aarch64).map((source) =>
      check(source, aarch64, range(0x10004n, 0x10040n)),
    );
    expect(counts.filter((_count, i) => i !== table)).toEqual([0, 0]);
  });

  /** One function with the given start, size and what follows them; its entry may say that it is longer than it is. */
  const special = (start: number, size: number, content: Content, more = 0): Functions => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const offset = frames.fde(cie, u32(start), u32(size), ...content);
    const { bytes } = frames;
    bytes[offset]! += more;
    return { bytes: Uint8Array.from([...bytes, 0, 0, 0, 0]), offsets: [offset] };
  };
  const places = [...range(0n, 0x80n), ...range(0x4ff0n, 0x5080n), ...range(0xfff0n, 0x10080n), 2n ** 64n - 8n];

  it.each<[string, Functions]>([
    // DW_CFA_advance_loc2 0xc000: it is not counted from where the pointer is stored.
    ['at address 0', special(0, 0x20000, [0, 0x0e, 16, 0x03, [0, 0xc0], 0x0e, 24])],
    ['below address 0', special(-0x5040, 0x100, [0, 0x41, 0x0e, 16])],
    ['whose augmentation data are too short', special(0xb000, 0x80, [2, 0, 0, 0x41, 0x0e, 16])],
    ['whose augmentation data are behind its end', special(0xb000, 0x80, [4, 0, 0])],
    // Two bytes say that there is one; DW_CFA_offset rbx, and padding.
    ['whose augmentation data’s size is long', special(0xb000, 0x80, [0x81, 0, 0, 0x83, 2, new Array(160).fill(0)])],
    ['longer than the section', special(0xb000, 0x80, [0, 0x41, 0x0e, 16], 60)],
  ])('says nothing else than rows do of a function %s, and only what the table knows', (_, functions) => {
    const counts = sourcesOf(functions).map((source) => check(source, x86_64, places));
    expect(counts.filter((_count, i) => i !== table)).toEqual([0, 0]);
  });

  it('says what rows do of a function as it should be', () => {
    const counts = sourcesOf(special(0xb000, 0x80, [0, 0x41, 0x0e, 16])).map((source) => check(source, x86_64, places));
    expect(counts).toHaveLength(3);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('does not take the CIE behind an FDE for its own', () => {
    const frames = new FrameBytes();
    // As long as the CIE lies behind it: 4 bytes of length, 4 of the pointer, 17 and padding.
    const offset = frames.fde(32, u32(0xb000), u32(0x80), 0, 0x41, 0x0e, 16, new Array(12).fill(0));
    expect(frames.cie(...x86Cie)).toBe(32);
    const section = frames.section({ address: 0x5000n });
    const pc = 0x5000n + BigInt(offset) + 8n + 0xb000n;
    expect(byRow(new OneFunction(section, offset), x86_64, pc)).toContain('expected a CIE pointer into the section');
    expect(plain(new OneFunction(section, offset), x86_64, pc)).toBeUndefined();
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
