import { describe, expect, it } from 'vitest';
import { ObjectRowSource } from '../../../engine/elf-compact/object-form/index.ts';
import { g2 } from '../../../engine/elf-compact/x86-64/g2.ts';
import {
  type ArchitectureName,
  compactEncodings,
  FrameSection,
  type Row,
  type RowSource,
  RuleKind,
  UnwindError,
} from '../../../engine/index.ts';
import { checkRows, exactness } from '../../../harness/compact/check-rows.ts';
import { encoded, fixture, fixtureNames } from './fixtures.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
const program = 'callee-saves-clang16-O2';

type Lookup = (pc: bigint, row: Row, truth: RowSource) => boolean;

/** Checks DWARF itself with a lie at some addresses. */
function checkLie(lie: Lookup, architecture: ArchitectureName = 'x86-64', name = program) {
  const { module } = fixture(architecture, name);
  const { frames, source, code } = module;
  const encoding: RowSource = {
    lookup: (lo, hi, row) => lie((BigInt(hi) << 32n) | BigInt(lo), row, source),
  };
  return checkRows({ frames, encoding, code, examples: 100 });
}

const truthful: Lookup = (pc, row, source) => source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row);

/** The function with the most rows that save rbx, and where these rows begin. */
function savingFunction() {
  const { module } = fixture('x86-64', program);
  const rows: { start: bigint; end: bigint; function: bigint; saves: boolean; cfa: number }[] = [];
  checkLie((pc, row, source) => {
    const found = truthful(pc, row, source);
    const start = (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
    if (found && rows.at(-1)?.start !== start) {
      const end = (BigInt(row.endHi) << 32n) | BigInt(row.endLo);
      const saves = row.ruleColumn.subarray(0, row.ruleCount).includes(3);
      const functionStart = (BigInt(row.functionHi) << 32n) | BigInt(row.functionLo);
      rows.push({ start, end, function: functionStart, saves, cfa: row.cfaLo });
    }
    return found;
  });
  const saving = rows.find(({ saves }) => saves);
  if (saving === undefined) throw new Error(`${program} saves rbx nowhere`);
  return { base: module.frames.section.address, rows, saving };
}

describe('checkRows()', () => {
  it.each(architectures)('finds DWARF equal to itself in every fixture of %s', (architecture) => {
    for (const name of fixtureNames(architecture)) {
      const check = checkLie(truthful, architecture, name);
      expect([name, check.inexact, check.popped, check.pushed, check.beyond]).toEqual([name, 0, 0, 0, 0]);
      expect(check.compared).toBeGreaterThanOrEqual(check.functions.count);
    }
  });

  it('finds objects with C exact as readers of the second published generation read them', () => {
    const encoding = compactEncodings.find(({ name }) => name === 'compact-objects')!;
    for (const name of fixtureNames('x86-64').filter((one) => one.endsWith('.o'))) {
      const { module } = fixture('x86-64', name);
      const { made } = encoded(encoding, fixture('x86-64', name));
      const [section] = made.sections;
      const frames = new FrameSection({
        kind: '.eh_frame',
        section: section!,
        architecture: module.frames.architecture,
      });
      const check = checkRows({ frames: module.frames, encoding: new ObjectRowSource(frames, g2), code: module.code });
      expect([name, check.examples]).toEqual([name, []]);
      expect(made.descriptors.some((count) => count > 0)).toBe(true);
    }
  });

  it('finds our encodings exact in every fixture, on x86-64 with popped registers', () => {
    let popped = 0;
    for (const architecture of architectures) {
      for (const name of fixtureNames(architecture)) {
        const { module } = fixture(architecture, name);
        for (const encoding of compactEncodings.filter(({ architectures: of }) => of.includes(architecture))) {
          const { opened } = encoded(encoding, fixture(architecture, name));
          const check = checkRows({ frames: module.frames, encoding: opened, code: module.code });
          expect([name, encoding.name, check.examples]).toEqual([name, encoding.name, []]);
          popped += check.popped;
          if (architecture === 'aarch64') expect(check.exactness.every((one) => one === exactness.strict)).toBe(true);
        }
      }
    }
    expect(popped).toBeGreaterThan(100);
  });

  it('catches a register in a wrong slot', () => {
    const { saving } = savingFunction();
    const check = checkLie((pc, row, source) => {
      const found = truthful(pc, row, source);
      if (pc >= saving.start && pc < saving.end) {
        const rule = row.ruleColumn.indexOf(3);
        row.ruleLo[rule] = row.ruleLo[rule]! - 8;
      }
      return found;
    });
    expect(check.inexact).toBe(1);
    expect(check.examples[0]).toMatchObject({ function: saving.function, address: saving.start });
    expect(check.examples[0]!.dwarf).not.toBe(check.examples[0]!.encoding);
  });

  it('catches a restored register that is reported as saved', () => {
    let restored = 0;
    for (const name of fixtureNames('x86-64')) {
      // What a row of the function before this one had, and this one has not.
      const before = new Map<number, number>();
      let functionLo = -1;
      let lies = 0;
      const check = checkLie(
        (pc, row, source) => {
          const found = truthful(pc, row, source);
          if (!found) return false;
          if (row.functionLo !== functionLo) before.clear();
          functionLo = row.functionLo;
          const saved = row.ruleColumn.subarray(0, row.ruleCount);
          const gone = [...before.keys()].find((column) => !saved.includes(column));
          saved.forEach((column, i) => {
            if (row.ruleKind[i] === RuleKind.offset) before.set(column, row.ruleLo[i]! | 0);
          });
          if (gone === undefined) return true;
          saveIn(row, gone, before.get(gone)!);
          lies++;
          return true;
        },
        'x86-64',
        name,
      );
      if (lies > 0) restored++;
      expect([name, check.inexact > 0]).toEqual([name, lies > 0]);
    }
    expect(restored).toBeGreaterThan(0);
  });

  it('catches a register that is reported as saved before it is, and one that is not reported at all', () => {
    const { saving, rows } = savingFunction();
    const entry = rows.find((row) => row.start === saving.function)!;
    const early = checkLie((pc, row, source) => {
      const found = truthful(pc, row, source);
      if (pc >= entry.start && pc < entry.end) saveIn(row, 3, -16);
      return found;
    });
    expect(early.inexact).toBe(1);
    const never = checkLie((pc, row, source) => {
      const found = truthful(pc, row, source);
      if (pc >= saving.start && pc < saving.end) remove(row, 3);
      return found;
    });
    expect(never.inexact).toBe(1);
  });

  it.each([
    ['late', -1n],
    ['early', 1n],
  ])('catches a boundary that is one byte too %s', (_, shift) => {
    const { saving } = savingFunction();
    const check = checkLie((pc, row, source) => {
      const isAffected = shift < 0n ? pc === saving.start : pc === saving.start - 1n;
      return truthful(isAffected ? pc + shift : pc, row, source);
    });
    expect(check.inexact).toBe(1);
    expect(check.examples[0]!.size).toBe(1);
  });

  it('catches a row that ends earlier than it says', () => {
    const { saving } = savingFunction();
    const check = checkLie((pc, row, source) => {
      const found = truthful(pc, row, source);
      if (pc === saving.end - 1n) row.cfaLo += 8;
      return found;
    });
    expect(check.inexact).toBe(1);
  });

  it('catches a missing function, an error in its place, and rows where there is nothing', () => {
    const { saving } = savingFunction();
    const isInside = (pc: bigint) => pc >= saving.start && pc < saving.end;
    const missing = checkLie((pc, row, source) => !isInside(pc) && truthful(pc, row, source));
    expect(missing.inexact).toBe(1);
    expect(missing.examples[0]!.encoding).toBe('none');
    const broken = checkLie((pc, row, source) => (isInside(pc) ? fail() : truthful(pc, row, source)));
    expect(broken.examples[0]!.encoding).toMatch(/^error: .*expected a descriptor/);
    const everywhere = checkLie((pc, row, source) => truthful(pc, row, source) || true);
    expect(everywhere.inexact).toBe(0);
    expect(everywhere.beyond).toBeGreaterThan(0);
  });

  it.each([
    ['the CFA', (row: Row) => (row.cfaLo += 8)],
    ['whether it is a signal frame', (row: Row) => (row.signalFrame = !row.signalFrame)],
    ['the size of arguments', (row: Row) => (row.argsSize += 16)],
    ['the return address', (row: Row) => (row.ruleKind[row.ruleCount - 1] = RuleKind.sameValue)],
  ])('catches an error in %s', (_, change) => {
    const check = checkLie((pc, row, source) => {
      const found = truthful(pc, row, source);
      if (found) change(row);
      return found;
    });
    expect(check.inexact).toBe(check.functions.count);
  });

  it('takes nothing that is not strictly equal on AArch64', () => {
    const check = checkLie(
      (pc, row, source) => {
        const found = truthful(pc, row, source);
        if (found) remove(row, 19);
        return found;
      },
      'aarch64',
      'callee-saves-clang16-O2',
    );
    expect(check.inexact).toBeGreaterThan(0);
    expect(check.popped + check.pushed).toBe(0);
  });
});

function fail(): never {
  throw new UnwindError('invalid', 'test', 0, 'expected a descriptor');
}

function saveIn(row: Row, column: number, offset: number): void {
  remove(row, column);
  let at = row.ruleCount++;
  for (; at > 0 && row.ruleColumn[at - 1]! > column; at--) copyRule(row, at - 1, at);
  row.ruleColumn[at] = column;
  row.ruleKind[at] = RuleKind.offset;
  row.ruleLo[at] = offset;
  row.ruleHi[at] = -1;
}

function remove(row: Row, column: number): void {
  const at = row.ruleColumn.subarray(0, row.ruleCount).indexOf(column);
  if (at < 0) return;
  for (let i = at; i + 1 < row.ruleCount; i++) copyRule(row, i + 1, i);
  row.ruleCount--;
}

function copyRule(row: Row, from: number, to: number): void {
  for (const words of [row.ruleColumn, row.ruleKind, row.ruleLo, row.ruleHi]) words[to] = words[from]!;
}
