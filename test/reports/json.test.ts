import { expect, it } from 'vitest';
import { jsonSummary } from '../../reports/json/index.ts';
import { record } from './record.ts';

it('jsonSummary() has the documented keys per architecture and unwinder', () => {
  expect(jsonSummary(record)).toEqual({
    passed: false,
    seed: '7',
    mode: 'full',
    versions: { plumbline: '0.1.0', emulator: 'Unicorn 2.0.1' },
    seconds: 3.21,
    failures: 2,
    architectures: {
      aarch64: {
        programs: 2,
        stops: 1500,
        distinctPcs: 1200,
        rowPairs: 30,
        busiestPcShare: 0.0123,
        executed: 99,
        emitted: 100,
        paddingShare: 0.25,
        differingShare: 0.25,
        unwinders: {
          right: {
            stops: 1500,
            distinctPcs: 1200,
            rowPairs: 30,
            verdicts: { pass: 1500, fail: 0, missing: 0, error: 0 },
            unexpectedMissing: 0,
            producerFaults: 0,
            executed: 99,
            emitted: 100,
            seconds: 0.5,
          },
        },
      },
    },
  });
});
