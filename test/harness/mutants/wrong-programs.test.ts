import { describe, expect, it } from 'vitest';
import { cfi } from '../../../generators/cfi/index.ts';
import type { Program } from '../../../generators/program.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';

const emulators = unicornFactory();
const engine = unwinders.find(({ name }) => name === 'dwarf')!;

function programOf(name: string, architecture: 'x86-64' | 'aarch64', index = 0): Program {
  return scenarios.find((scenario) => scenario.name === name)!.generate(architecture, index, '1');
}

function judge(program: Program, unwinder = engine, wrongForms = 8) {
  const { wrong, failures } = runProgram(program, { emulators, unwinders: [unwinder], wrongForms });
  return { wrong: wrong!, failures };
}

describe.each(['x86-64', 'aarch64'] as const)('wrong call frame information on %s', (architecture) => {
  it.each([
    'prologue/push-gcc',
    'tail-duplication/nested-states',
    'signal/every-instruction',
    'rules/old-values',
    'rules/stack-pointer',
    'termination/undefined-return-address',
  ])('does harm in %s where the engine fails, and nowhere else', (name) => {
    const { wrong, failures } = judge(programOf(name, architecture));
    expect(failures).toEqual([]);
    expect(wrong).toMatchObject({ programs: 8, unfoundedStops: 0, unsayable: 0 });
    expect(wrong.harmful).toBeGreaterThan(3);
    expect(wrong.foundStops).toBe(wrong.harmStops);
    expect(wrong.harmStops).toBeGreaterThan(wrong.harmful);
  });

  const program = programOf('tail-duplication/several-epilogues', architecture);
  const right = loadImage(program.image, { name: program.name, loadBias: program.loadBias });

  it('is reported where an engine is right in spite of it', () => {
    const stubborn: Unwinder = { ...engine, open: () => engine.open(right) };
    const { wrong, failures } = judge(program, stubborn);
    expect(wrong.harmStops).toBeGreaterThan(100);
    expect(wrong.foundStops).toBe(0);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.count).toBe(wrong.harmful);
    expect(failures[0]!.example.message).toMatch(/does harm here: at caller \d+, .*; the engine passes$/);
  });

  it('is reported by the replay of a stop, unless the engine fails there by the right information', () => {
    const stubborn: Unwinder = { ...engine, open: () => engine.open(right) };
    const { run, stop } = judge(program, stubborn).failures[0]!.example;
    const replay = (unwinder: Unwinder) =>
      runProgram(program, { emulators, unwinders: [unwinder], wrongForms: 8, run, stop }).failures;
    expect(replay(stubborn)).toHaveLength(1);
    expect(replay(stubborn)[0]!.divergence).toBe('wrong call frame information');
    const lost: Unwinder = { ...engine, open: () => ({ unwind: () => {} }) };
    expect(replay(lost).map(({ divergence }) => divergence)).not.toContain('wrong call frame information');
    expect(replay(lost)).toHaveLength(1);
  });

  it('is reported where an engine fails without its fault', () => {
    const lost: Unwinder = {
      ...engine,
      open: () => ({
        unwind(_stop, frames) {
          frames.ending = 'invalid';
        },
      }),
    };
    const { wrong, failures } = judge(program, lost);
    expect(wrong.unfoundedStops).toBeGreaterThan(100);
    const messages = failures.map(({ example }) => example.message);
    expect(messages).toContainEqual(expect.stringMatching(/ does no harm here; the engine fails$/));
  });

  it('is reported where the model is told of other directives than were written', () => {
    const { frames } = program;
    const fdes = frames!.fdes.map((fde) => ({
      ...fde,
      directives: [{ offset: 0, directive: cfi.defCfaOffset(0x4000) }, ...fde.directives],
    }));
    const { failures } = judge({ ...program, frames: { ...frames!, fdes } });
    expect(failures[0]!.example.message).toMatch(/^the model of the program: the right rows do harm/);
  });

  it('is not sought where nothing can be said', () => {
    const { frames } = program;
    const fdes = frames!.fdes.map((fde) => ({ ...fde, directives: [{ offset: 0, directive: cfi.raw(0x3f) }] }));
    const { wrong, failures } = judge({ ...program, frames: { ...frames!, fdes } });
    expect(wrong).toMatchObject({ programs: 0, unsayable: 1 });
    expect(failures).toEqual([]);
  });
});
