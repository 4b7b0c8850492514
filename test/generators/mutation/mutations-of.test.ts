import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { cfi, type Fde } from '../../../generators/cfi/index.ts';
import { mutatedFdes, mutationsOf } from '../../../generators/mutation/index.ts';

const start = 0x1000n;
const instructions = [0n, 1n, 4n, 6n].map((offset) => start + offset);

function fdeOf(...directives: Fde['directives'][number][]): Fde {
  return { start, size: 8, cie: {}, directives };
}

function faults(fde: Fde, architecture = x86_64) {
  const frames = { fdes: [fde], imageWith: () => new Uint8Array() };
  return mutationsOf(frames, architecture, instructions)
    .filter(({ wrong }) => wrong.cie === fde.cie)
    .map(({ operator, wrong: { directives } }) => ({
      operator,
      directives: directives.map(({ offset, directive }) => ({ offset, ...directive })),
    }));
}

const at = (offset: number, directive: ReturnType<typeof cfi.nop>) => ({ offset, directive });

describe('mutationsOf', () => {
  it('leaves a directive out, and moves it by one instruction either way', () => {
    const found = faults(fdeOf(at(1, cfi.defCfaOffset(16)), at(4, cfi.restore(3)), at(6, cfi.nop())));
    const restored = found.filter(
      ({ directives }) => !directives.some(({ offset, kind }) => offset === 4 && kind === 'restore'),
    );
    expect(restored).toEqual(
      [
        {
          operator: 'dropped',
          directives: [
            { offset: 1, ...cfi.defCfaOffset(16) },
            { offset: 6, kind: 'nop' },
          ],
        },
        {
          operator: 'earlier',
          directives: [
            { offset: 1, ...cfi.defCfaOffset(16) },
            { offset: 1, ...cfi.restore(3) },
            { offset: 6, kind: 'nop' },
          ],
        },
        {
          operator: 'later',
          directives: [
            { offset: 1, ...cfi.defCfaOffset(16) },
            { offset: 6, ...cfi.restore(3) },
            { offset: 6, kind: 'nop' },
          ],
        },
        {
          operator: 'register',
          directives: [
            { offset: 1, ...cfi.defCfaOffset(16) },
            { offset: 4, ...cfi.restore(6) },
            { offset: 6, kind: 'nop' },
          ],
        },
      ].filter(({ operator }) => operator !== 'register'),
    );
  });

  it('changes every operand of a rule', () => {
    const changed = faults(fdeOf(at(1, cfi.offset(3, -16))))
      .filter(({ operator }) => !['dropped', 'earlier', 'later'].includes(operator))
      .map(({ operator, directives: [only] }) => ({ operator, ...only }));
    expect(changed).toEqual([
      { operator: 'register', offset: -16, kind: 'offsetExtendedSf', register: 6 },
      { operator: 'more', offset: -8, kind: 'offsetExtendedSf', register: 3 },
      { operator: 'less', offset: -24, kind: 'offsetExtendedSf', register: 3 },
      { operator: 'sign', offset: 16, kind: 'offsetExtendedSf', register: 3 },
    ]);
  });

  it('bases the CFA on another register', () => {
    const bases = [x86_64, aarch64].flatMap((architecture) =>
      faults(fdeOf(at(1, cfi.defCfaRegister(architecture.sp)), at(4, cfi.defCfaRegister(0))), architecture)
        .filter(({ operator }) => operator === 'base')
        .map(({ directives }) => directives.map((directive) => 'register' in directive && directive.register)),
    );
    expect(bases).toEqual([
      [6, 0],
      [7, 7],
      [29, 0],
      [31, 31],
    ]);
  });

  it('exchanges remember and restore, and doubles what toggles', () => {
    const kinds = faults(fdeOf(at(0, cfi.rememberState()), at(1, cfi.restoreState()), at(4, cfi.negateRaState())))
      .filter(({ operator }) => operator === 'state' || operator === 'sign-state')
      .map(({ directives }) => directives.map(({ kind }) => kind).join(' '));
    expect(kinds).toEqual([
      'restoreState restoreState negateRaState',
      'rememberState rememberState negateRaState',
      'rememberState restoreState negateRaState negateRaState',
    ]);
  });

  it('keeps the order of places, and does not leave the function', () => {
    const found = faults(fdeOf(at(0, cfi.restore(3)), at(6, cfi.restore(6))));
    for (const { directives } of found) {
      const offsets = directives.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
    expect(found.filter(({ operator }) => operator === 'earlier')).toHaveLength(1);
    expect(found.filter(({ operator }) => operator === 'later')).toHaveLength(1);
  });

  it('says what is wrong, and changes only that FDE', () => {
    const frames = { fdes: [fdeOf(), fdeOf(at(4, cfi.defCfaOffset(16)))], imageWith: () => new Uint8Array() };
    const dropped = mutationsOf(frames, x86_64, instructions).find(
      ({ wrong }) => wrong.directives.length === 0 && wrong.cie === frames.fdes[1]!.cie,
    );
    expect(dropped!.text).toBe('defCfaOffset 16 at +0x4: dropped');
    expect(mutatedFdes(frames, dropped!)).toEqual([frames.fdes[0], { ...frames.fdes[1], directives: [] }]);
  });

  it('gives one FDE a CIE that is wrong', () => {
    const fde = { ...fdeOf(at(4, cfi.defCfaOffset(16))), cie: { dataAlignment: -4 } };
    const frames = { fdes: [fde, fde], imageWith: () => new Uint8Array() };
    const ofCie = mutationsOf(frames, x86_64, instructions).filter(({ wrong }) => wrong.cie !== fde.cie);
    expect(ofCie.slice(0, ofCie.length / 2).map(({ text }) => text)).toEqual([
      ...['dropped', 'base', 'more', 'less', 'sign'].map((operator) => `defCfa 7 8 of the CIE: ${operator}`),
      ...['dropped', 'register', 'more', 'less', 'sign'].map((operator) => `offset 16 -8 of the CIE: ${operator}`),
      'return address in register 16 of the CIE: return-register',
    ]);
    for (const { wrong } of ofCie) {
      expect(wrong.directives).toBe(fde.directives);
      expect(wrong.cie.dataAlignment).toBe(-4);
    }
    expect(ofCie[0]!.wrong.cie.initial).toEqual([cfi.offset(16, -8)]);
    expect(ofCie.at(-1)!.wrong.cie).toMatchObject({ returnColumn: 3, initial: [cfi.defCfa(7, 8), cfi.offset(16, -8)] });
    expect(mutatedFdes(frames, ofCie.at(-1)!)).toEqual([fde, ofCie.at(-1)!.wrong]);
  });
});
