import { describe, expect, it } from 'vitest';
import { type ArchitectureName, architectureByName } from '../../../../engine/architecture/index.ts';
import { CfaKind, formatRow } from '../../../../engine/index.ts';
import { dynamicScenarios } from '../../../../generators/scenarios/dynamic/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { readColumn } from '../../../../harness/truth/address.ts';
import { rowsOf } from '../rows.ts';
import { describeScenario, scenarioNamed } from '../support.ts';

for (const { name } of dynamicScenarios) describeScenario(name);

/** For every PC of a scenario's first programs, the distances from SP to the caller's SP with which it executes. */
function distances(name: string, architecture: ArchitectureName): Map<string, Set<bigint>> {
  const { sp, pc } = architectureByName(architecture);
  const found = new Map<string, Set<bigint>>();
  for (const index of [0, 1, 2]) {
    const program = scenarioNamed(name).generate(architecture, index, '1');
    const image = loadImage(program.image, { name, loadBias: program.loadBias });
    const { stacks, seed } = program;
    const executor = new Executor({ image, stacks, seed, emulators: unicornFactory() });
    program.runs.forEach((run, number) => {
      executor.run({
        run,
        index: number,
        limit: 100_000,
        onStop({ registers, callers }) {
          if (callers === null) return;
          const key = `${index} ${readColumn(registers, pc)}`;
          const known = found.get(key) ?? new Set();
          found.set(key, known.add(readColumn(callers.registers, sp) - readColumn(registers, sp)));
        },
      });
    });
    executor.close();
  }
  return found;
}

const both: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
const framePointer = { 'x86-64': 'rbp', aarch64: 'x29' } as const;

describe('frames whose size only execution knows', () => {
  it.each(both.flatMap((architecture) => ['alloca-loop', 'probe-loop'].map((name) => [name, architecture] as const)))(
    'dynamic/%s executes the same instruction with several sizes of its frame on %s',
    (name, architecture) => {
      const most = Math.max(...[...distances(`dynamic/${name}`, architecture).values()].map(({ size }) => size));
      expect(most).toBeGreaterThan(1);
    },
  );

  it.each(both)('have rows based on the frame pointer, not on SP, on %s', (architecture) => {
    const { columnNames } = architectureByName(architecture);
    for (const name of ['alloca-constant', 'alloca-size', 'alloca-loop', 'variable-array', 'realign-frame-pointer']) {
      const bases = new Set([...rowsOf(`dynamic/${name}`, architecture)].map((row) => columnNames[row.cfaColumn]));
      expect(bases, name).toContain(framePointer[architecture]);
    }
  });

  it('base the CFA on the register that ends a probing loop', () => {
    const bases = (architecture: ArchitectureName) =>
      new Set(
        [...rowsOf('dynamic/probe-loop', architecture)].map(
          (row) => architectureByName(architecture).columnNames[row.cfaColumn],
        ),
      );
    expect(bases('x86-64')).toContain('r11');
    expect(bases('aarch64')).toContain('x9');
  });

  it.each(both)('base the CFA on any scratch register, or on an expression over one, on %s', (architecture) => {
    const { calleeSaved, sp, columnNames } = architectureByName(architecture);
    const scratch = (column: number) => column !== sp && !calleeSaved.includes(column);
    const rows = [...rowsOf('dynamic/cfa-register', architecture)];
    expect(new Set(rows.map((row) => row.cfaColumn).filter(scratch)).size).toBeGreaterThan(4);
    const texts = [...rowsOf('dynamic/cfa-register-expression', architecture)].map((row) =>
      formatRow(row, architectureByName(architecture)),
    );
    const bases = new Set(texts.flatMap((text) => /^CFA=\{\w+\+0 (\w+)\+0 lit8 mul plus deref/.exec(text)?.[1] ?? []));
    expect(bases.size).toBeGreaterThan(2);
    expect([...bases].every((base) => scratch(columnNames.indexOf(base)))).toBe(true);
  });

  it('load the CFA from below rbp, and have it in r10, with a realign argument pointer', () => {
    const architecture = architectureByName('x86-64');
    const rows = [...rowsOf('dynamic/realign-drap', 'x86-64')];
    const texts = rows.map((row) => formatRow(row, architecture));
    expect(texts.some((text) => /^CFA=r10 /.test(text))).toBe(true);
    expect(texts.some((text) => /^CFA=\{rbp-\d+ deref\} .*rbp=\[\{rbp\+0\}\]/.test(text))).toBe(true);
    expect(rows.some((row) => row.cfaKind === CfaKind.expression)).toBe(true);
  });
});
