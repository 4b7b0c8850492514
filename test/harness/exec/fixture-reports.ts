import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../engine/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { type ExecReport, executeFunction, loadFile, makeReport } from '../../../harness/exec/index.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';
import { type FixtureBinary, fixturesFolder, readManifest } from '../../fixtures/manifest.ts';
import { readProducerFaults } from '../../fixtures/producer-faults.ts';

const minutes = 60_000;

/** What `plumbline exec FIXTURE --function main` reports. */
function execute({ path }: FixtureBinary): ExecReport {
  const job = { file: fileURLToPath(new URL(path, fixturesFolder)), function: 'main', seed: '1', limit: 1_000_000 };
  const emulators = unicornFactory();
  const loaded = loadFile(job);
  const result = executeFunction(loaded, job, { emulators, unwinders });
  return makeReport(job, loaded, emulators.version, result);
}

/** One line per wrong row, in the form both the list and the reports are brought to. */
function faultLines(
  faults: readonly { fixture: string; function: string; row: string; pcs: readonly string[] }[],
): string[] {
  const pcs = new Map<string, Set<string>>();
  for (const fault of faults) {
    const key = `${fault.fixture} ${fault.function} ${fault.row}`;
    const known = pcs.get(key) ?? new Set<string>();
    for (const pc of fault.pcs) known.add(pc);
    pcs.set(key, known);
  }
  return Array.from(pcs, ([key, places]) => `${key}: ${[...places].sort().join(' ')}`).sort();
}

/** Runs every fixture of an architecture and tests what is reported against the manifest and the list of faults. */
export function testFixtures(architecture: ArchitectureName): void {
  const binaries = readManifest().binaries.filter((binary) => binary.architecture === architecture);
  const known = readProducerFaults();
  const reports: { binary: FixtureBinary; report: ExecReport }[] = [];
  const readelf = findTool('readelf', architecture);

  describe(`plumbline exec on the compiled fixtures for ${architecture}`, () => {
    it(
      'runs each to its end with the recorded result',
      () => {
        for (const binary of binaries) reports.push({ binary, report: execute(binary) });
        const wrong = reports.filter(({ binary, report }) => {
          const status = BigInt(report.exitStatus ?? -1) & 0xffn;
          return report.outcome !== 'finished' || status !== BigInt(binary.exitStatus) || report.stops === 0;
        });
        expect(wrong.map(({ binary, report }) => `${binary.path}: ${report.outcome} ${report.detail}`)).toEqual([]);
      },
      5 * minutes,
    );

    it('passes at every stop but those of the listed rows, and fails at each of them', () => {
      const found = reports.flatMap(({ binary, report }) =>
        report.failures.map((failure) => ({
          fixture: binary.path,
          function: failure.function,
          row: failure.row,
          pcs: failure.lookups,
        })),
      );
      const listed = known.faults.filter(({ fixture }) => binaries.some(({ path }) => path === fixture));
      expect(faultLines(found)).toEqual(faultLines(listed));
    });

    it('passes all that are not on the list in every mode of the engine', () => {
      const faulty = new Set(known.faults.map(({ fixture }) => fixture));
      for (const { binary, report } of reports) {
        expect([binary.path, report.passed]).toEqual([binary.path, !faulty.has(binary.path)]);
        expect(report.unwinders.length, binary.path).toBeGreaterThan(0);
        if (faulty.has(binary.path)) continue;
        const { stops } = report;
        for (const { verdicts } of report.unwinders) {
          expect(verdicts, binary.path).toEqual({ pass: stops, fail: 0, missing: 0, error: 0 });
        }
      }
    });

    it.skipIf(readelf === undefined)('attributes every failure to the producer (needs readelf)', () => {
      const blamed = reports.flatMap(({ report }) => report.failures.map(({ blame }) => blame));
      expect(blamed.filter((blame) => blame !== 'producer')).toEqual([]);
    });

    it('knows what is wrong with every row on the list', () => {
      for (const { kind } of known.faults) expect(Object.keys(known.kinds)).toContain(kind);
      for (const kind of Object.keys(known.kinds)) expect(known.faults.some((fault) => fault.kind === kind)).toBe(true);
    });
  });
}
