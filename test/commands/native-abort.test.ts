import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkProgram } from '../../generators/link/index.ts';
import type { ExecReport } from '../../harness/exec/index.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

/** Undefined encodings at which Unicorn 2.0.1 does not raise an exception: its translator aborts the process. */
const killers = {
  'x86-64': [0xff, 0xee],
  aarch64: [0x1a, 0x2e, 0x54, 0x4e],
} as const;

describe.each(['x86-64', 'aarch64'] as const)('an instruction that aborts the emulator on %s', (architecture) => {
  it('is a verdict of its program; the command goes on and says what happened', async () => {
    const nop = architecture === 'x86-64' ? [0x90] : [0x1f, 0x20, 0x03, 0xd5];
    const items = [nop, killers[architecture]].map((bytes) => ({ bytes: Uint8Array.from(bytes) }));
    const { image } = linkProgram([{ name: 'deadly', items }], { architecture });
    const file = join(temporaryFolder(), 'deadly');
    writeFileSync(file, image);
    const { status, stdout } = await plumbline('exec', file, '--function', 'deadly', '--json');
    const report = JSON.parse(stdout) as ExecReport;
    expect(report.passed).toBe(false);
    expect(JSON.stringify(report)).toContain('SIGABRT');
    expect(status).toBe(1);
  });
});
