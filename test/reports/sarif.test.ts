import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { type SarifFinding, sarifLog } from '../../reports/sarif/index.ts';

/** The schema of SARIF 2.1.0, as the package has it. */
const schema = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({ strict: false, unicodeRegExp: false });
addFormats.default(ajv);
// It is of draft 4, which only calls itself otherwise as far as it is used there.
const { $schema: _, id: __, ...rules4 } = JSON.parse(readFileSync(schema, 'utf8')) as Record<string, unknown>;
const isSarif = ajv.compile(rules4);

const rules = [
  { id: 'wrong-cfa', severity: 'error', title: 'the CFA is wrong', about: 'Why.' },
  { id: 'state-left', severity: 'warning', title: 'a state is left', about: 'Harmless.' },
] as const;
const finding: SarifFinding = {
  rule: 'state-left',
  message: 'something',
  file: 'a folder/lib.so',
  section: '.eh_frame',
  offset: 12,
  address: '0x401000',
  function: 'f',
  fingerprint: '0123',
  baselineState: 'new',
};

describe('sarifLog()', () => {
  it('is valid by the schema, with and without findings and what they may lack', () => {
    const { rule, message, file, fingerprint } = finding;
    for (const findings of [[], [finding], [{ rule, message, file, fingerprint }]]) {
      expect(isSarif(sarifLog('1.2.3', rules, findings)), JSON.stringify(isSarif.errors)).toBe(true);
    }
  });

  it('is held against the schema in earnest', () => {
    const log = sarifLog('1.2.3', rules, [finding]);
    expect(isSarif({ ...log, version: '2.0.0' })).toBe(false);
    const [run] = log.runs;
    expect(isSarif({ ...log, runs: [{ ...run, results: [{ ...run!.results![0], level: 'bad' }] }] })).toBe(false);
  });

  it('names rule, level, place and fingerprint', () => {
    const [run] = sarifLog('1.2.3', rules, [finding]).runs;
    expect(run!.tool.driver.rules!.map(({ id }) => id)).toEqual(['wrong-cfa', 'state-left']);
    expect(run!.results![0]).toMatchObject({
      ruleId: 'state-left',
      ruleIndex: 1,
      level: 'warning',
      baselineState: 'new',
      partialFingerprints: { 'plumbline/v1': '0123' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'a%20folder/lib.so' },
            address: { absoluteAddress: 0x401000, name: '0x401000' },
          },
          logicalLocations: [{ name: 'f', kind: 'function' }],
        },
      ],
    });
  });

  it('only names an address that a JSON number does not hold', () => {
    const [run] = sarifLog('1', rules, [{ ...finding, address: '0xffffffff80000001' }]).runs;
    expect(run!.results![0]!.locations![0]!.physicalLocation!.address).toEqual({ name: '0xffffffff80000001' });
  });
});
