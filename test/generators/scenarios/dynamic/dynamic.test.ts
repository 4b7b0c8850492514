import { describe, expect, it } from 'vitest';
import { type ArchitectureName, architectureByName } from '../../../../engine/architecture/index.ts';
import { CfaKind, FrameBuffer, formatRow, Memory } from '../../../../engine/index.ts';
import { dynamicScenarios } from '../../../../generators/scenarios/dynamic/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import type { Stop } from '../../../../harness/stop.ts';
import { readColumn, writeColumn } from '../../../../harness/truth/address.ts';
import { unwinders } from '../../../../harness/unwinders/registry.ts';
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

  it('keep the rules over rbp in the epilogue of a realigned frame until rbp is popped, and none behind it', () => {
    const architecture = architectureByName('x86-64');
    const texts = [...rowsOf('dynamic/realign-drap-epilogue', 'x86-64')].map((row) => formatRow(row, architecture));
    const rules = (text: string) => text.match(/\[\{rbp/g)?.length ?? 0;
    let taken = 0;
    texts.forEach((text, i) => {
      const next = texts[i + 1] ?? '';
      if (!text.startsWith('CFA=r10 ') || rules(next) >= rules(text)) return;
      expect(rules(next)).toBe(0);
      expect(next).toMatch(/^CFA=r10 /);
      if (rules(text) > 2) taken++;
    });
    expect(taken).toBeGreaterThan(3);
  });

  it('are not guessed where they depend on VG: every mode of the engine says that it does not know register 46', () => {
    const program = scenarioNamed('dynamic/scalable-vector-rows').generate('aarch64', 0, '1');
    const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
    const { architecture } = image;
    const { at } = program.expectedRows!.find(({ row }) => /^CFA=\{.* r46\+0 /.test(row))!;
    const registers = new Uint32Array(2 * architecture.columnCount);
    writeColumn(registers, architecture.pc, at);
    const stop: Stop = {
      architecture,
      index: 0,
      registers,
      memory: new Memory([]),
      callers: null,
      depth: 0,
      ending: 'unreadable',
      pacMaskLo: 0,
      pacMaskHi: 0,
      transfer: false,
      deliveries: 0,
    };
    const able = unwinders.filter(({ applies }) => applies?.(image) ?? true);
    expect(able.length).toBeGreaterThan(4);
    for (const unwinder of able) {
      const frames = new FrameBuffer(architecture, 4);
      frames.start(registers);
      unwinder.open(image).unwind(stop, frames);
      expect([frames.count, frames.ending], unwinder.name).toEqual([1, 'unreadable']);
      expect(frames.error?.message, unwinder.name).toContain('register 46');
    }
  });
});
