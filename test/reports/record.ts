import type { FailureLine, ProducerFaultLine, RecordLine, SummaryLine } from '../../harness/record/index.ts';

const counts = { programs: 2, stops: 1500, distinctPcs: 1200, rowPairs: 30, executed: 99, emitted: 100 };

export const summary = (
  unwinder: string,
  verdicts: Partial<SummaryLine['verdicts']>,
  unexpectedMissing = 0,
): SummaryLine => ({
  kind: 'summary',
  architecture: 'aarch64',
  scenario: 'group/one',
  unwinder,
  verdicts: { pass: 0, fail: 0, missing: 0, error: 0, ...verdicts },
  unexpectedMissing,
  producerFaults: 0,
  ...counts,
  timing: { seconds: 0.5 },
});

export const failure: FailureLine = {
  kind: 'failure',
  architecture: 'aarch64',
  scenario: 'group/one',
  unwinder: 'wrong',
  verdict: 'fail',
  row: 'CFA=sp+16 x19=[CFA-16]',
  divergence: 'x19',
  count: 1234,
  programs: 2,
  example: {
    program: 4,
    run: 1,
    stop: 17,
    pc: '0x401004',
    message: 'frame 1: x19 is 0x2, expected 0x1 <&">',
    explanation: {
      place: {
        frame: 0,
        kind: 'stop',
        pc: '0x401004',
        lookup: '0x401004',
        function: { name: 'entry', start: '0x401000' },
      },
      expectedEnding: 'no-info',
      actualEnding: 'loop',
      code: [
        { address: '0x401000', text: 'nop', row: 'CFA=sp+0', here: false },
        { address: '0x401004', text: 'ldr x19, [sp]', row: 'CFA=sp+16 x19=[CFA-16]', here: true },
        { address: '0x401008', text: 'ret', row: 'CFA=sp+16 x19=[CFA-16]', here: false },
      ],
      frames: [
        { frame: 1, kind: 'caller', expected: { x19: '0x1', pc: '0x5' }, actual: { x19: '0x2', pc: '0x5' } },
        { frame: 2, kind: 'none', expected: {}, actual: { pc: '0x9' } },
      ],
    },
  },
};

/** A small record with an unwinder of each kind: right, wrong, lacking a feature, crashing. */
export const record: readonly RecordLine[] = [
  {
    kind: 'header',
    schema: 'plumbline-record/1',
    versions: { plumbline: '0.1.0', emulator: 'Unicorn 2.0.1' },
    seed: '7',
    mode: 'full',
    scenarios: [{ name: 'group/one', description: '', source: '', needs: [] }],
    unwinders: ['right', 'wrong', 'lacking', 'crashing'].map((name) => ({ name, description: '', lacks: [] })),
    timing: { node: '20.0.0', platform: 'linux-x64', jobs: 2, started: '' },
  },
  failure,
  {
    ...failure,
    unwinder: 'crashing',
    verdict: 'error',
    row: '',
    divergence: 'program',
    count: 1,
    example: { program: 0, run: 0, stop: 0, pc: '0x0', message: 'crash:SIGABRT' },
  },
  summary('right', { pass: 1500 }),
  summary('wrong', { pass: 266, fail: 1234 }),
  summary('lacking', { missing: 1500 }),
  summary('crashing', { error: 1 }),
  {
    kind: 'final',
    passed: false,
    architectures: [
      {
        architecture: 'aarch64',
        ...counts,
        busiestPcShare: 0.0123,
        codeBytes: 400,
        paddingBytes: 100,
        registerPairs: { compared: 4000, differing: 1000 },
        unwinders: [summary('right', { pass: 1500 })].map(
          ({ unwinder, verdicts, unexpectedMissing, producerFaults }) => ({
            unwinder,
            verdicts,
            unexpectedMissing,
            producerFaults,
            ...counts,
          }),
        ),
      },
    ],
    timing: { seconds: 3.21, unwinders: { aarch64: { right: 0.5 } } },
  },
];

export const producerFault: ProducerFaultLine = {
  kind: 'producer-fault',
  architecture: 'aarch64',
  scenario: 'compiled/known-producer-faults',
  program: 3,
  unwinder: 'right',
  function: 'main',
  row: 'CFA=sp',
  fault: 'no-epilogue',
  pcs: ['0x401000', '0x401004'],
  count: 7,
};

/** A record of compiled programs only, with known faults of two functions of one program and of another program. */
export const recordWithFaults: readonly RecordLine[] = [
  record[0]!,
  producerFault,
  { ...producerFault, function: 'leaf', pcs: ['0x401010'], count: 1 },
  { ...producerFault, program: 4 },
  {
    ...summary('right', { pass: 1485 }),
    scenario: 'compiled/known-producer-faults',
    producerFaults: 15,
    executed: 0,
    emitted: 0,
  },
  record.at(-1)!,
];
