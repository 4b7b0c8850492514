import { describe, expect, it } from 'vitest';
import { cfi } from '../../../../generators/cfi/index.ts';
import { scenarios } from '../../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { ModelError, UnsayableError } from '../../../../harness/model/index.ts';
import { judgeMutants } from '../../../../harness/power/cfi/judge-mutants.ts';

const emulators = unicornFactory();
const program = scenarios.find(({ name }) => name === 'prologue/push-gcc')!.generate('x86-64', 0, '1');
const frames = program.frames!;

describe('judgeMutants', () => {
  it('catches every fault that does harm where it first does it', () => {
    const judged = judgeMutants(program, emulators);
    const count = (wanted: string) => judged.filter(({ outcome }) => outcome === wanted).length;
    expect(count('missed')).toBe(0);
    expect(count('caught')).toBeGreaterThan(100);
    // Such as what is said of the return later than need be.
    expect(count('equivalent')).toBeGreaterThan(10);
    expect(new Set(judged.map(({ operator }) => operator)).size).toBeGreaterThan(5);
  });

  it('misses what does not reach the file the engine reads', () => {
    const deaf = { ...program, frames: { ...frames, imageWith: () => program.image } };
    const missed = judgeMutants(deaf, emulators).filter(({ outcome }) => outcome === 'missed');
    expect(missed.length).toBeGreaterThan(100);
    expect(missed[0]!.message).toMatch(/: harm, the engine passes at stop \d+ of run 0$/);
  });

  it('misses where the engine fails for another reason than the fault', () => {
    const broken = frames.imageWith(
      frames.fdes.map((fde) => ({ ...fde, directives: [{ offset: 0, directive: cfi.defCfaOffset(0x4000) }] })),
    );
    const judged = judgeMutants({ ...program, frames: { ...frames, imageWith: () => broken } }, emulators);
    expect(judged.some(({ message }) => message?.includes('no harm, the engine fails'))).toBe(true);
  });

  it('says nothing of programs the model has no words for, or cannot follow', () => {
    const raw = frames.fdes.map((fde) => ({ ...fde, directives: [{ offset: 0, directive: cfi.raw(0x3f) }] }));
    expect(() => judgeMutants({ ...program, frames: { ...frames, fdes: raw } }, emulators)).toThrow(UnsayableError);
    const lying = frames.fdes.map((fde) => ({ ...fde, directives: [{ offset: 0, directive: cfi.defCfaOffset(64) }] }));
    expect(() => judgeMutants({ ...program, frames: { ...frames, fdes: lying } }, emulators)).toThrow(ModelError);
  });

  it('calls nothing equivalent that was not executed to the end', () => {
    const [run] = program.runs;
    const signal = { at: run!.entry, occurrence: 1, handler: 0x10n, trampoline: 0x20n };
    expect(() => judgeMutants({ ...program, runs: [{ ...run!, signals: [signal] }] }, emulators)).toThrow(
      /^run 0 does not end as it should: fault: /,
    );
  });
});
