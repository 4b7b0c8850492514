import { describe, expect, it } from 'vitest';
import { type Architecture, aarch64, type FrameBuffer, x86_64 } from '../../../engine/index.ts';
import { compiledScenarios } from '../../../harness/compiled/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { planPrograms } from '../../../harness/runner/plan.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import type { Stop } from '../../../harness/stop.ts';
import { readColumn } from '../../../harness/truth/address.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';
import { readProducerFaults } from '../../fixtures/producer-faults.ts';
import { fixtures, folderOf, runOnly } from './folder.ts';

const minutes = 60_000;
const emulators = unicornFactory();
const programs = fixtures();
const scenarios = compiledScenarios(programs);
const isFaulty = (name: string) => name === 'compiled/known-producer-faults';
const sound = 'binaries/x86-64/recursion-gcc12-O2';
const faulty = 'binaries/aarch64/recursion-clang16-O2-branch-protection';
const only = [unwinders[0]!];

function generate(chosen: typeof scenarios, mode: 'quick' | 'full') {
  return planPrograms(chosen, { mode }).map(({ architecture, scenario, index }) =>
    scenarios.find(({ name }) => name === scenario)!.generate(architecture, index, '1'),
  );
}

/** The engine, whose answer is then changed. */
function changed(change: (frames: FrameBuffer, stop: Stop) => void): Unwinder {
  const [engine] = unwinders;
  return {
    ...engine!,
    open(image) {
      const session = engine!.open(image);
      return {
        unwind(stop, frames) {
          session.unwind(stop, frames);
          change(frames, stop);
        },
      };
    },
  };
}

describe('runProgram() on compiled programs', () => {
  const chosen = scenarios.filter(({ name }) => !isFaulty(name));

  it.each(generate(chosen, 'quick').map((program) => [program.seed, program] as const))(
    '%s passes at every stop and ends as it must',
    (_, program) => {
      const result = runProgram(program, { emulators, unwinders });
      expect(result.failures).toEqual([]);
      expect(result.stops).toBeGreaterThan(100);
      expect(result.unwinders.length).toBeGreaterThan(0);
      for (const { verdicts, producerFaults } of result.unwinders) {
        expect(verdicts).toEqual({ pass: result.stops, fail: 0, missing: 0, error: 0 });
        expect(producerFaults).toBe(0);
      }
      expect(result).toMatchObject({ executed: 0, emitted: 0, codeBytes: 0, paddingBytes: 0 });
    },
  );

  it('counts every listed fault of a producer, and nothing else, without a verdict', { timeout: 2 * minutes }, () => {
    const lines = (faults: readonly { fixture: string; function: string; row: string; pcs: readonly string[] }[]) =>
      faults.map((fault) => `${fault.fixture} ${fault.function} ${fault.row} ${[...fault.pcs].sort()}`).sort();
    const own = scenarios.filter(({ name }) => isFaulty(name));
    const seen = generate(own, 'full').flatMap((program) => {
      const result = runProgram(program, { emulators, unwinders: only });
      const [dwarf] = result.unwinders;
      const count = result.producerFaults.reduce((sum, group) => sum + group.count, 0);
      expect(result.failures).toEqual([]);
      expect(count).toBeGreaterThan(0);
      expect(dwarf).toMatchObject({ verdicts: { pass: result.stops - count }, producerFaults: count });
      return result.producerFaults.map((group) => ({ ...group, fixture: program.seed.slice('1/'.length) }));
    });
    expect(lines(seen)).toEqual(lines(readProducerFaults().faults));
  });

  it('fails where an unwinder is wrong', () => {
    const rbx = 3;
    const spoilt = changed((frames) => {
      if (frames.count > 1) frames.values[2 * (frames.architecture.columnCount + rbx)]! ^= 1;
    });
    const { unwinders: answers, failures } = runOnly(folderOf(sound), [spoilt]);
    expect(answers[0]!.verdicts.fail).toBeGreaterThan(100);
    expect(failures[0]).toMatchObject({ divergence: 'rbx', verdict: 'fail' });
  });

  it('makes another result than the recorded one an error', () => {
    const { failures, unwinders: answers } = runOnly(folderOf(sound, { binary: { exitStatus: 255 } }));
    expect(answers.length).toBeGreaterThan(1);
    for (const { verdicts } of answers) expect(verdicts.error).toBe(1);
    expect(failures[0]).toMatchObject({ divergence: 'exit status' });
    expect(failures[0]!.example.message).toMatch(/^the run ended with \d+, expected 255$/);
  });

  it('fails at a wrong row that is not on the list', () => {
    const none = runOnly(folderOf(faulty, { faults: () => [] }), only);
    const [answers] = none.unwinders;
    expect(answers!.verdicts.fail + answers!.verdicts.missing).toBeGreaterThan(0);
    expect(answers!.producerFaults).toBe(0);
    const unlisted = runOnly(folderOf(faulty, { faults: (listed) => listed.slice(1) }), only);
    expect(unlisted.failures.map(({ row }) => row)).toEqual([readProducerFaults().faults.find(isFirst)!.row]);
    expect(unlisted.unwinders[0]!.producerFaults).toBeGreaterThan(0);
  });

  it.each([
    ['another row', { row: 'CFA=sp' }],
    ['another address', { pcs: ['0x400000'] }],
  ])('makes a listed fault that does not show an error: %s', (_, change) => {
    const { failures, unwinders: answers } = runOnly(
      folderOf(faulty, { faults: (listed) => [{ ...listed[0]!, ...change }, ...listed.slice(1)] }),
      only,
    );
    expect(answers[0]!.verdicts.error).toBe(1);
    const missing = failures.find(({ divergence }) => divergence === 'known fault not seen');
    expect(missing?.example.message).toMatch(
      /^the known fault clang-16-saves-below-sp of the row CFA=sp.* does not show/,
    );
  });

  it('does not take an unwinder’s own error at a listed row for the producer’s', () => {
    // Its first listed row has a wrong CFA, but the right return address.
    const synchronous = 'binaries/aarch64/callee-saves-clang14-O2-synchronous';
    const { pcs } = readProducerFaults().faults.find(({ fixture }) => fixture === synchronous)!;
    const { pc, columnCount } = aarch64;
    const spoilt = changed((frames, stop) => {
      if (stop.registers[2 * pc] === Number(pcs[0])) frames.values[2 * (columnCount + pc)]! ^= 4;
    });
    const { failures, unwinders: answers } = runOnly(folderOf(synchronous), [spoilt]);
    expect(answers[0]!.verdicts.fail).toBe(1);
    expect(failures.map(({ divergence }) => divergence)).toEqual(['pc', 'known fault not seen']);
  });
});

describe('at a row that is known to be wrong, an unwinder', () => {
  const own = generate(
    scenarios.filter(({ name }) => isFaulty(name)),
    'full',
  );
  /** The engine and what it is when wrong in its own way where `change` says so. */
  const compare = (change: (frames: FrameBuffer, stop: Stop) => void) => {
    for (const program of own) {
      const listed = new Set(program.producerFaults!.map(({ at }) => at));
      const { pc, name } = program.architecture === 'aarch64' ? aarch64 : x86_64;
      let spoilt = 0;
      const adversary = changed((frames, stop) => {
        if (!listed.has(readColumn(stop.registers, pc))) return;
        spoilt++;
        change(frames, stop);
      });
      const { unwinders: answers, stops } = runProgram(program, { emulators, unwinders: [adversary] });
      const { pass, fail, missing, error } = answers[0]!.verdicts;
      expect(spoilt, name).toBeGreaterThan(0);
      // Beside these stops, those whose callers are at a wrong row remain the producer's.
      expect(fail + missing, program.seed).toBe(spoilt);
      expect(pass + fail + missing + answers[0]!.producerFaults, program.seed).toBe(stops);
      expect(error, program.seed).toBeGreaterThan(0);
    }
  };

  it('fails where it gives up without a reason', { timeout: 2 * minutes }, () => {
    compare((frames) => {
      frames.count = 1;
      frames.ending = 'loop';
    });
  });

  it.each([
    ['the return address', ({ pc }: Architecture) => [pc]],
    ['SP', ({ sp }: Architecture) => [sp]],
    ['callee-saved registers', ({ calleeSaved }: Architecture) => calleeSaved],
  ])('fails where it garbles %s', { timeout: 2 * minutes }, (_, columns) => {
    compare((frames, { architecture }) => {
      frames.count = Math.max(frames.count, 2);
      for (const column of columns(architecture)) frames.values[2 * (architecture.columnCount + column)]! ^= 0x150;
    });
  });

  it('fails where it garbles a frame further out', { timeout: 2 * minutes }, () => {
    let garbled = 0;
    for (const program of own) {
      const listed = new Set(program.producerFaults!.map(({ at }) => at));
      let spoilt = 0;
      const adversary = changed((frames, { registers, architecture }) => {
        const last = frames.count - 1;
        if (last < 2 || !listed.has(readColumn(registers, architecture.pc))) return;
        spoilt++;
        frames.values[2 * (last * architecture.columnCount + architecture.sp)]! ^= 0x150;
      });
      const { unwinders: answers } = runProgram(program, { emulators, unwinders: [adversary] });
      expect(answers[0]!.verdicts.fail, program.seed).toBe(spoilt);
      garbled += spoilt;
    }
    expect(garbled).toBeGreaterThan(0);
  });
});

function isFirst({ fixture }: { fixture: string }): boolean {
  return fixture === faulty;
}
