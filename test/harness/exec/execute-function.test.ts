import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../../engine/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { type ExecReport, executeFunction, loadFile, makeReport } from '../../../harness/exec/index.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';
import { fixturesFolder } from '../../fixtures/manifest.ts';

const callOpcode = 0xe8;
const original = Uint8Array.from(readFileSync(new URL('binaries/x86-64/recursion-gcc12-O2', fixturesFolder)));

function execute(bytes: Uint8Array): ExecReport {
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline-')), 'program');
  writeFileSync(file, bytes);
  const job = { file, function: 'main', seed: '1', limit: 100_000 };
  const loaded = loadFile(job);
  return makeReport(job, loaded, '', executeFunction(loaded, job, { emulators: unicornFactory(), unwinders }));
}

/** The program with every DW_CFA_def_cfa_offset 16 made a 24, which is wrong everywhere. */
function withWrongOffsets(): Uint8Array {
  const copy = original.slice();
  const section = readElf(copy).section('.eh_frame')!;
  for (let at = section.offset; at < section.offset + section.size; at++) {
    if (copy[at] === 0x0e && copy[at + 1] === 0x10) copy[at + 1] = 0x18;
  }
  return copy;
}

describe('a real program whose rows are wrong', () => {
  const report = execute(withWrongOffsets());

  it('fails exactly where a wrong row is used, in the frame that uses it', () => {
    expect(report.outcome).toBe('finished');
    const { pass, fail } = report.unwinders[0]!.verdicts;
    expect([pass > 0, fail > 0, pass + fail]).toEqual([true, true, report.stops]);
    for (const { row } of report.failures) expect(row).toContain('CFA=rsp+24');
  });

  it('is looked up within the call for a caller, and at the instruction for the innermost frame', () => {
    const text = readElf(original).section('.text')!;
    const lookups = report.failures.flatMap((failure) => failure.lookups.map((lookup) => BigInt(lookup)));
    const lastBytesOfCalls = lookups.filter((lookup) => text.bytes[Number(lookup - text.address) - 4] === callOpcode);
    expect(lastBytesOfCalls.length).toBeGreaterThan(0);
    const own = report.failures.filter(({ example, lookups: [first] }) => example.pc === first);
    expect(own.length).toBeGreaterThan(0);
  });

  it.skipIf(findTool('readelf', 'x86-64') === undefined)('is the producer’s fault (needs readelf)', () => {
    expect(new Set(report.failures.map(({ blame }) => blame))).toEqual(new Set(['producer']));
  });
});

describe('a real program', () => {
  it('counts the stops of each function it reaches', () => {
    const { functions, stops, distinctPcs, passed, failures } = execute(original);
    expect([passed, failures]).toEqual([true, []]);
    expect(functions.map(({ name }) => name).sort()).toEqual(['ackermann', 'fibonacci', 'fold', 'main']);
    expect(functions.reduce((sum, { stops: count }) => sum + count, 0)).toBe(stops);
    expect(distinctPcs).toBeLessThan(stops);
  });
});
