import { create } from 'xmlbuilder2';
import type { FailureLine, HeaderLine, RecordLine, SummaryLine } from '../../harness/record/index.ts';
import { explainFailure } from '../explanation-text.ts';

/** Failures put into one test case; the record has them all. */
const mostFailures = 20;

/**
 * The record as JUnit XML, as CI systems read it: a suite per architecture and scenario, in it a case per unwinder. A
 * case with only missing verdicts, all of them declared, is skipped.
 */
export function junitXml(record: readonly RecordLine[]): string {
  const header = record.find((line) => line.kind === 'header')!;
  const summaries = record.filter((line) => line.kind === 'summary');
  const failures = record.filter((line) => line.kind === 'failure');
  const suites = new Map<string, SummaryLine[]>();
  for (const summary of summaries) {
    const name = `${summary.architecture} ${summary.scenario}`;
    suites.set(name, [...(suites.get(name) ?? []), summary]);
  }
  const document = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '\ufffd' });
  const root = document.ele('testsuites', { name: 'plumbline', ...counts(summaries) });
  for (const [name, cases] of suites) {
    const suite = root.ele('testsuite', { name, ...counts(cases) });
    const properties = suite.ele('properties');
    properties.ele('property', { name: 'seed', value: header.seed });
    properties.ele('property', { name: 'emulator', value: header.versions.emulator });
    for (const summary of cases) {
      const testCase = suite.ele('testcase', {
        name: summary.unwinder,
        classname: `${summary.architecture}.${summary.scenario}`,
        time: summary.timing.seconds.toFixed(3),
      });
      if (isSkipped(summary)) testCase.ele('skipped', { message: 'needs a feature the unwinder declares to lack' });
      if (isFailed(summary)) {
        const own = failures.filter((failure) => belongs(failure, summary));
        testCase
          .ele(hasOnlyErrors(summary) ? 'error' : 'failure', {
            message: message(own[0]),
            type: own[0]?.verdict ?? 'fail',
          })
          .txt(details(header, own));
      }
      if (summary.producerFaults > 0) testCase.ele('system-out').txt(faultText(summary));
    }
  }
  return `${document.end({ prettyPrint: true })}\n`;
}

function isFailed({ verdicts, unexpectedMissing }: SummaryLine): boolean {
  return verdicts.fail + verdicts.error + unexpectedMissing > 0;
}

function hasOnlyErrors({ verdicts, unexpectedMissing }: SummaryLine): boolean {
  return verdicts.fail + unexpectedMissing === 0;
}

function isSkipped(summary: SummaryLine): boolean {
  return !isFailed(summary) && summary.verdicts.pass === 0 && summary.verdicts.missing > 0;
}

function belongs(failure: FailureLine, summary: SummaryLine): boolean {
  return (
    failure.architecture === summary.architecture &&
    failure.scenario === summary.scenario &&
    failure.unwinder === summary.unwinder
  );
}

function counts(cases: readonly SummaryLine[]): Record<string, string> {
  const failed = cases.filter(isFailed);
  const errors = failed.filter(hasOnlyErrors).length;
  return {
    tests: String(cases.length),
    failures: String(failed.length - errors),
    errors: String(errors),
    skipped: String(cases.filter(isSkipped).length),
    time: cases.reduce((sum, { timing }) => sum + timing.seconds, 0).toFixed(3),
  };
}

function faultText({ producerFaults, stops }: SummaryLine): string {
  return `${producerFaults} of ${stops} stops are not judged: compilers are known to describe them wrongly`;
}

function message(failure: FailureLine | undefined): string {
  return failure === undefined ? '' : `${failure.divergence}: ${failure.example.message}`;
}

function details(header: HeaderLine, failures: readonly FailureLine[]): string {
  const texts = failures.slice(0, mostFailures).map((failure) => explainFailure(header, failure).join('\n'));
  if (failures.length > mostFailures) texts.push(`${failures.length - mostFailures} more groups are in the record`);
  return `\n${texts.join('\n\n')}\n`;
}
