import { describe, expect, it } from 'vitest';
import { type ElfFile, ET_EXEC, ET_REL, x86_64 } from '../../../engine/index.ts';
import { Attributor, type ExecFailure, type ReadelfRows } from '../../../harness/exec/index.ts';
import { openingProblems } from '../../../harness/runner/judged-unwinder.ts';

const elf = (type: number): ElfFile => ({
  type,
  machine: x86_64.elfMachine,
  architecture: x86_64,
  entry: 0n,
  sections: [],
  segments: [],
  section: () => undefined,
  symbols: () => [],
  relocations: () => [],
});

const readelf: ReadelfRows = {
  fdes: [
    {
      section: '.eh_frame',
      offset: 0x18,
      start: 0x1000n,
      end: 0x1020n,
      rows: [
        { location: 0x1000n, cfa: 'rsp+8', rules: new Map([['rip', '[CFA-8]']]) },
        { location: 0x1010n, cfa: 'rsp+16', rules: new Map([['rip', '[CFA-8]']]) },
      ],
    },
  ],
};

const failure: ExecFailure = {
  unwinder: 'dwarf',
  verdict: 'fail',
  module: 'program',
  function: 'f',
  row: 'CFA=rsp+8 rip=[CFA-8]',
  rowText: { cfa: 'rsp+8', rules: { rip: '[CFA-8]' } },
  section: '.eh_frame',
  divergence: 'rsp',
  count: 1,
  lookups: ['0x1004', '0x100f'],
  functionStart: '0x1000',
  contradiction: 'contradicts',
  example: { run: 0, stop: 3, pc: '0x1004', message: 'frame 1: rsp is wrong' },
};

function blame(change: Partial<ExecFailure>, rows: ReadelfRows = readelf): [string, string] {
  const { blame: who, reason } = new Attributor(rows, elf(ET_EXEC), elf(ET_EXEC)).attribute({ ...failure, ...change });
  return [who, reason];
}

describe('a failure is attributed', () => {
  it('to the producer where readelf reads the same row and it contradicts the execution', () => {
    expect(blame({})).toEqual(['producer', 'readelf reads the same row, and it contradicts the execution']);
  });

  it('to the producer where readelf finds no row there either', () => {
    const nowhere = { row: '', rowText: null, section: '', lookups: ['0x1020'] };
    expect(blame(nowhere)).toEqual(['producer', 'readelf finds no row there either, and it contradicts the execution']);
  });

  it('to the engine where readelf reads another row at one of the addresses', () => {
    const reason = 'at 0x1010 readelf reads cfa as rsp+16, the engine as rsp+8';
    expect(blame({ lookups: ['0x1004', '0x1010'] })).toEqual(['engine', reason]);
  });

  it('to the engine where it finds no row and readelf does', () => {
    expect(blame({ row: '', rowText: null, section: '' })[0]).toBe('engine');
  });

  it('to the engine where the row gives what execution showed, whatever readelf reads', () => {
    expect(blame({ contradiction: 'agrees' })[0]).toBe('engine');
  });

  it('to the engine where its answer is not what the wrong row says', () => {
    expect(blame({ contradiction: 'disobeyed' })[0]).toBe('engine');
  });

  it('to the engine where it crashed', () => {
    expect(blame({ verdict: 'error', divergence: 'exception' })[0]).toBe('engine');
  });

  it('to the engine where it did not get to any row, or to the producer where it refused the file', () => {
    const unopened: Partial<ExecFailure> = { verdict: 'error', lookups: [] };
    expect(blame({ ...unopened, divergence: openingProblems.failed })[0]).toBe('engine');
    expect(blame({ ...unopened, divergence: openingProblems.refused })[0]).toBe('producer');
  });

  it('to the program where it has overwritten its return address', () => {
    expect(blame({ contradiction: 'overwritten' })[0]).toBe('program');
  });

  it('to nobody without readelf, or where execution does not tell', () => {
    expect(blame({}, { unavailable: 'readelf is not installed' })).toEqual(['unknown', 'readelf is not installed']);
    expect(blame({ contradiction: 'undecided' })[0]).toBe('unknown');
  });

  it('to nobody’s advantage in an object file whose functions the engine does not find', () => {
    const attributor = new Attributor(readelf, elf(ET_REL), elf(ET_EXEC));
    expect(attributor.attribute(failure).blame).toBe('engine');
  });
});
