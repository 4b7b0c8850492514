import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOutput, runProgram } from '../../../../harness/bench/native/run-program.ts';

const good = '{"version":"1.6.2","frames":133,"walks":16,"nsPerFrame":[7.5,6.25]}\n';

describe('parseOutput()', () => {
  it('reads what the programs print', () => {
    expect(parseOutput(good)).toEqual({ version: '1.6.2', frames: 133, walks: 16, nsPerFrame: [7.5, 6.25] });
  });

  it.each([
    ['', /^its output is not JSON/],
    ['{"version":"1","frames":3,"walks":16,"nsPerFrame":[7.5', /^its output is not JSON: \{"version"/],
    ['{"version":"1","frames":0,"walks":16,"nsPerFrame":[7.5]}', /^its output is wrong: frames: /],
    ['{"version":"1","frames":3,"walks":16,"nsPerFrame":[]}', /^its output is wrong: nsPerFrame: /],
    ['{"version":"1","frames":3,"walks":16,"nsPerFrame":[0]}', /^its output is wrong: nsPerFrame\.0: /],
    ['{"frames":3,"walks":16,"nsPerFrame":[1]}', /^its output is wrong: version: /],
  ])('refuses %j', (printed, message) => {
    expect(() => parseOutput(printed)).toThrow(message);
  });
});

describe.skipIf(process.platform === 'win32')('runProgram()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-run-program-'));
  const options = { depth: 12, rounds: 3, roundMicroseconds: 50 };

  function script(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('passes the depth, the rounds and their length', async () => {
    const program = script('arguments', `printf '{"version":"%s","frames":1,"walks":1,"nsPerFrame":[1]}' "$*"`);
    expect((await runProgram(program, options)).version).toBe('12 3 50');
  });

  it('reports what a program that fails complains of', async () => {
    const program = script('complains', `printf '%s' '${good.trim()}'; echo 'the stack is not found' >&2; exit 1`);
    await expect(runProgram(program, options)).rejects.toThrow('it ended with status 1: the stack is not found');
  });

  it('reports the signal that ended a program', async () => {
    await expect(runProgram(script('crashes', 'kill -SEGV $$'), options)).rejects.toThrow('it ended with SIGSEGV');
  });

  it('reports a program that cannot be started', async () => {
    await expect(runProgram(join(folder, 'absent'), options)).rejects.toThrow('ENOENT');
  });
});
