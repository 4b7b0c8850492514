import type { EncodingCoverage, FinalLine, RecordLine } from '../../harness/record/index.ts';

/** What `--json` prints of one unwinder on one architecture. */
export interface UnwinderSummary {
  readonly stops: number;
  readonly distinctPcs: number;
  readonly rowPairs: number;
  readonly verdicts: { readonly pass: number; readonly fail: number; readonly missing: number; readonly error: number };
  readonly unexpectedMissing: number;
  /** Stops without a verdict, at rows of compiled programs that are known to be wrong. */
  readonly producerFaults: number;
  /** Of an unwinder that encodes what programs have: functions that fit, and why others stay DWARF. */
  readonly coverage?: EncodingCoverage | undefined;
  readonly executed: number;
  readonly emitted: number;
  /** Spent unwinding and judging, summed over all processes. */
  readonly seconds: number;
}

type WrongProgramTotals = FinalLine['architectures'][number]['wrong'];

/** What `--json` prints of one architecture: the same over all programs, and each unwinder's. */
export interface ArchitectureSummary {
  readonly programs: number;
  readonly stops: number;
  readonly distinctPcs: number;
  readonly rowPairs: number;
  readonly busiestPcShare: number;
  readonly executed: number;
  readonly emitted: number;
  readonly paddingShare: number;
  readonly differingShare: number;
  /** Programs with one fault in their call frame information, where the engine was run on such. */
  readonly wrong?: WrongProgramTotals | undefined;
  readonly unwinders: Record<string, UnwinderSummary>;
}

/** What `--json` prints. */
export interface RunSummary {
  readonly passed: boolean;
  readonly seed: string;
  readonly mode: string;
  readonly versions: { readonly plumbline: string; readonly emulator: string };
  readonly seconds: number;
  readonly architectures: Record<string, ArchitectureSummary>;
  /** Groups of failures. */
  readonly failures: number;
}

/** Sums a record up in one object. */
export function jsonSummary(record: readonly RecordLine[]): RunSummary {
  const header = record.find((line) => line.kind === 'header')!;
  const final = record.findLast((line) => line.kind === 'final')!;
  const architectures: Record<string, ArchitectureSummary> = {};
  for (const totals of final.architectures) {
    const { architecture, registerPairs, codeBytes, paddingBytes, unwinders, ...counts } = totals;
    const seconds = final.timing.unwinders[architecture] ?? {};
    architectures[architecture] = {
      ...counts,
      paddingShare: codeBytes === 0 ? 0 : paddingBytes / codeBytes,
      differingShare: registerPairs.compared === 0 ? 0 : registerPairs.differing / registerPairs.compared,
      unwinders: Object.fromEntries(
        unwinders.map(({ unwinder, programs: _, ...answers }) => [
          unwinder,
          { ...answers, seconds: seconds[unwinder] ?? 0 },
        ]),
      ),
    };
  }
  const { seed, mode, versions } = header;
  const failures = record.filter((line) => line.kind === 'failure').length;
  return { passed: final.passed, seed, mode, versions, seconds: final.timing.seconds, architectures, failures };
}
