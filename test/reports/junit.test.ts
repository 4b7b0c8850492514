import { describe, expect, it } from 'vitest';
import type { RecordLine } from '../../harness/record/index.ts';
import { junitXml } from '../../reports/junit/index.ts';
import { failure, record, recordWithFaults } from './record.ts';

describe('junitXml()', () => {
  const xml = junitXml(record);

  it('has a suite per architecture and scenario, with counts', () => {
    expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="plumbline" tests="4"/);
    expect(xml).toContain(
      '<testsuite name="aarch64 group/one" tests="4" failures="1" errors="1" skipped="1" time="2.000">',
    );
    expect(xml).toContain('<property name="seed" value="7"/>');
    expect(xml).toContain('<property name="emulator" value="Unicorn 2.0.1"/>');
  });

  it('has a case per unwinder: passed, failed, skipped, in error', () => {
    expect(xml).toContain('<testcase name="right" classname="aarch64.group/one" time="0.500"/>');
    expect(xml).toMatch(/<testcase name="wrong"[^>]*>\s*<failure message="x19: frame 1/);
    expect(xml).toMatch(/<testcase name="lacking"[^>]*>\s*<skipped /);
    expect(xml).toMatch(/<testcase name="crashing"[^>]*>\s*<error message="program: crash:SIGABRT" type="error">/);
  });

  it('says in a passed case how many stops a producer described wrongly', () => {
    expect(junitXml(recordWithFaults)).toMatch(
      /<testcase name="right"[^>]*>\s*<system-out>15 of 1500 stops are not judged: .*<\/system-out>\s*<\/testcase>/,
    );
    expect(xml).not.toContain('system-out');
  });

  it('escapes what XML does not allow as it is', () => {
    expect(xml).toContain('expected 0x1 &lt;&amp;&quot;&gt;" type="fail">');
    const nasty: RecordLine = { ...failure, example: { ...failure.example, message: 'a\u0000b\u0007]]>' } };
    const escaped = junitXml(record.map((line) => (line === failure ? nasty : line)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(escaped).not.toMatch(/[\u0000-\u0008]/);
    expect(escaped).toContain('a\ufffdb\ufffd]]&gt;');
  });
});
