import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../engine/index.ts';
import type { ExecReport } from '../../harness/exec/index.ts';
import { findTool } from '../../harness/oracles/index.ts';
import { fixturesFolder } from '../fixtures/manifest.ts';
import { type Finished, plumbline, temporaryFolder } from './plumbline.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`binaries/${path}`, fixturesFolder));
const exec = (file: string, ...flags: string[]): Promise<Finished> => plumbline('exec', file, ...flags);

async function report(file: string, ...flags: string[]): Promise<{ status: number | null; report: ExecReport }> {
  const { status, stdout, stderr } = await exec(file, ...flags, '--json');
  expect(stderr).not.toMatch(/error|cannot/);
  return { status, report: JSON.parse(stdout) as ExecReport };
}

/** The processor a compiler compiles for; undefined where it is not installed. */
function targets(compiler: string): string | undefined {
  try {
    return execFileSync(compiler, ['-dumpmachine'], { encoding: 'utf8', stdio: 'pipe' }).split('-')[0];
  } catch {
    return undefined;
  }
}

/** A copy of a fixture with something changed. */
function changed(path: string, change: (bytes: Buffer) => Uint8Array | undefined): string {
  const bytes = readFileSync(fixture(path));
  const file = join(temporaryFolder(), 'changed');
  writeFileSync(file, change(bytes) ?? bytes);
  return file;
}

function fileOffset(bytes: Uint8Array, section: string): number {
  return readElf(Uint8Array.from(bytes)).section(section)!.offset;
}

describe('plumbline exec', () => {
  it('passes where the engine finds every frame, and says what it executed', async () => {
    const { status, stdout } = await exec(fixture('x86-64/recursion-gcc12-O2'), '--function', 'main');
    expect(stdout).toMatch(/^main of .*recursion-gcc12-O2 \(x86-64, seed 1, Unicorn 2\.\d/);
    expect(stdout).toMatch(/^finished with \d+; [\d,]+ stops at \d+ addresses$/m);
    expect(stdout).toMatch(/^ {2}fibonacci +\d+ stops$/m);
    expect(stdout).toMatch(/^ {2}dwarf-list +pass \d+ {2}fail 0 {2}missing 0 {2}error 0$/m);
    expect(status).toBe(0);
  });

  it('runs a program from _start to its exit', async () => {
    const { status, report: got } = await report(fixture('aarch64/noreturn-gcc12-O2'), '--function', '_start');
    expect(got).toMatchObject({ passed: true, outcome: 'finished', architecture: 'aarch64', failures: [] });
    expect(got.functions.map(({ name }) => name)).toContain('_start');
    expect(status).toBe(0);
  });

  it('takes arguments, a load address and a limit', async () => {
    const pie = fixture('x86-64/sorting-gcc12-O2-pie');
    const flags = ['--args', '1,-1,0x10,buffer:64', '--bias', '0xffffff8000000000', '--limit', '20'];
    const { status, report: got } = await report(pie, '--function', 'main', ...flags);
    expect(got).toMatchObject({ passed: false, outcome: 'limit', detail: 'more than 20 instructions', stops: 20 });
    expect(got.failures).toEqual([]);
    expect(got.last).toMatchObject({ function: { name: expect.stringMatching(/^\w+$/) } });
    expect(status).toBe(1);
    const whole = await report(pie, '--function', 'main', '--bias', '0xffffff8000000000');
    expect([whole.status, whole.report.passed]).toEqual([0, true]);
  });

  it('says the same for the same seed', async () => {
    const flags = ['--function', 'main', '--seed', '7'];
    const file = fixture('aarch64/callbacks-clang16-O2-object.o');
    expect(await exec(file, ...flags)).toEqual(await exec(file, ...flags));
  });

  it.skipIf(findTool('readelf', 'aarch64') === undefined)(
    'blames the producer for rows that contradict the execution (needs readelf)',
    async () => {
      const { status, stdout } = await exec(
        fixture('aarch64/callee-saves-clang14-O2-synchronous'),
        '--function',
        'main',
      );
      expect(stdout).toMatch(/^fail: keep_all, dwarf, dwarf-list, dwarf-warm: sp \(\d+ stops\)$/m);
      expect(stdout).toMatch(/^ {2}blame {2}the producer of the CFI: readelf reads the same row, and it contradicts/m);
      expect(stdout).toMatch(/^ {4}0x\w+ +\+0x0 +sub sp, sp, #0x90 +CFA=sp\n {2}> 0x\w+ +\+0x4 +stp .* "$/m);
      expect(stdout).toMatch(/^ {2}at {5}0x\w+ in the file: keep_all\+0x4 \+0x8 /m);
      expect(stdout).toMatch(/^ {2}frame 0 is stopped at 0x\w+ \(keep_all\+0x4\); its row, at >, leads to frame 1$/m);
      expect(stdout.match(/sentinel: /g)).toHaveLength(1);
      expect(stdout).toMatch(/^to blame: the producer of the CFI \(\d+ verdicts\)$/m);
      expect(status).toBe(1);
    },
  );

  it.each([
    [['--function', 'main', '--bogus'], /unknown option '--bogus'/],
    [['--function', 'main', '--', 'word'], /arguments and environment are of a program that is started/],
    [['--signal-stack'], /--signal-stack needs --signal-every/],
    [['--signal-every', '0'], /expected a number from 1 on/],
    [['--env', 'HOME'], /expected NAME=VALUE/],
    [['--stdin', '/nowhere/at/all'], /cannot read \/nowhere\/at\/all: .*no such file/],
    [['--function', 'nowhere'], /no function 'nowhere'; there are .*fibonacci/],
    [['--function', 'main', '--args', 'one'], /'one' is neither a number .* nor a buffer/],
    [['--function', 'main', '--args', 'buffer:99999999'], /a buffer has at most/],
    [['--function', 'main', '--bias', '0x1234'], /expected a 64-bit address that is a multiple of 0x1000/],
    [['--function', 'main', '--seed', 'x'], /expected a number/],
  ])('%j is wrong usage: exit status 2', async (flags, message) => {
    const { status, stdout, stderr } = await exec(fixture('x86-64/recursion-gcc12-O2'), ...flags);
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('cannot use a file that is not there, or no ELF file: exit status 2', async () => {
    const missing = await exec(join(temporaryFolder(), 'missing'), '--function', 'main');
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringMatching(/cannot execute .*no such file/)]);
    const text = join(temporaryFolder(), 'text');
    writeFileSync(text, 'not an ELF file, but long enough to hold the header of one: 0123456789');
    const wrong = await exec(text, '--function', 'main');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/expected the magic number 7f 45 4c 46/)]);
  });

  it.each([0, 20, 63, 100, 2000])('cannot use a file cut to %i bytes: exit status 2', async (length) => {
    const file = changed('x86-64/recursion-gcc12-O2', (bytes) => bytes.subarray(0, length));
    const { status, stdout, stderr } = await exec(file, '--function', 'main');
    expect(stderr).toMatch(/^plumbline: cannot execute .*expected .*bytes/m);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('reports a CIE pointer that leads out of the section', async () => {
    const file = changed('x86-64/recursion-gcc12-O2', (bytes) => {
      const section = fileOffset(bytes, '.eh_frame');
      // Every FDE, so that whatever main calls has one: the word behind the length is the distance to the CIE.
      for (let at = section; bytes.readUInt32LE(at) !== 0; at += 4 + bytes.readUInt32LE(at)) {
        if (bytes.readUInt32LE(at + 4) !== 0) bytes.writeUInt32LE(0x7ffffff0, at + 4);
      }
      return undefined;
    });
    const { status, report: got } = await report(file, '--function', 'main');
    expect(got.failures[0]!.example.message).toMatch(/invalid \(\.eh_frame\+0x\w+: expected .*CIE/i);
    expect(got.unwinders.map(({ verdicts }) => [verdicts.pass, verdicts.fail])).toEqual([
      [0, got.stops],
      [0, got.stops],
      [0, got.stops],
    ]);
    expect(status).toBe(1);
  });

  it('reports an expression that never ends', async () => {
    const file = changed('x86-64/over-aligned-gcc12-O2', (bytes) => {
      // DW_CFA_def_cfa_expression of DW_OP_breg6 (rbp) -8, DW_OP_deref becomes DW_OP_skip -3: onto itself.
      const expression = Buffer.from([0x0f, 0x03, 0x76, 0x78, 0x06]);
      let at = bytes.indexOf(expression);
      expect(at).toBeGreaterThan(0);
      for (; at >= 0; at = bytes.indexOf(expression)) Buffer.from([0x0f, 0x03, 0x2f, 0xfd, 0xff]).copy(bytes, at);
      return undefined;
    });
    const { status, report: got } = await report(file, '--function', 'main');
    expect(got.outcome).toBe('finished');
    expect(got.failures.map(({ example }) => example.message)).toContainEqual(
      expect.stringMatching(/stopped after frame \d+ of \d+: invalid \(\.eh_frame\+0x\w+: /),
    );
    expect(status).toBe(1);
  });

  it('says what is wrong with a _start written in C, and only there', async (ctx) => {
    const gcc = ['gcc', 'x86_64-linux-gnu-gcc'].find((name) => targets(name) === 'x86_64');
    if (gcc === undefined) return ctx.skip('needs gcc for x86-64');
    const folder = temporaryFolder();
    const source = join(folder, 'start.c');
    const program = join(folder, 'start');
    writeFileSync(
      source,
      `int main(void) { return 7; }
       void _start(void) { int status = main(); __asm__ volatile("syscall" :: "a"(60), "D"(status)); for (;;); }`,
    );
    execFileSync(gcc, ['-O0', '-nostdlib', '-static', '-o', program, source]);
    const { stdout, status } = await exec(program, '--function', '_start');
    expect(stdout).toMatch(
      /^hint: _start has no caller, and its CFI must say so \(\.cfi_undefined rip\); to test the rest, use\s+--function\s+main$/m,
    );
    expect(status).toBe(1);
    const main = await exec(program, '--function', 'main');
    expect(main.stdout).not.toContain('hint');
    expect(main.status).toBe(0);
  });

  it('unwinds deep stacks only as long as is sensible, and says so', async () => {
    const file = fixture('x86-64/recursion-gcc12-O2');
    const { status, report: got } = await report(file, '--function', 'ackermann', '--args', '3,9', '--limit', '30000');
    expect(got).toMatchObject({ passed: false, outcome: 'limit', stops: 30_000 });
    expect(got.deepest).toBeGreaterThan(50);
    expect(got.unjudged).toBeGreaterThan(0);
    expect(got.unwinders[0]!.verdicts.pass + got.unjudged).toBe(got.stops);
    expect(status).toBe(1);
    const { stdout } = await exec(file, '--function', 'ackermann', '--args', '3,9', '--limit', '30000');
    expect(stdout).toMatch(/stacks of \d+ frames on average, \d+ at most:\s[\d,]+ stops not judged, since/);
  });

  it('gives small numbers as arguments where there are none', async () => {
    const { status, report: got } = await report(
      fixture('x86-64/recursion-gcc12-O2'),
      '--function',
      'fibonacci',
      '--limit',
      '3000',
    );
    expect(got.deepest).toBeLessThanOrEqual(66);
    expect(status).toBe(got.passed ? 0 : 1);
  });

  it('reports a program that jumps to unmapped memory', async () => {
    const file = changed('x86-64/recursion-gcc12-O2', (bytes) => {
      const elf = readElf(Uint8Array.from(bytes));
      const text = elf.section('.text')!;
      const main = elf.symbols().find(({ name }) => name === 'main')!;
      // jmp .+5+0x7000000, its first instruction
      Buffer.from('e900000007', 'hex').copy(bytes, text.offset + Number(main.value - text.address));
      return undefined;
    });
    const { status, report: got } = await report(file, '--function', 'main');
    expect(got).toMatchObject({ passed: false, outcome: 'fault', stops: 1 });
    expect(got.detail).toMatch(/ at 0x74\w+ after 1 instruction$/);
    expect(got.last?.function.name).toBe('main');
    expect(got.last?.pc).toBe(got.last?.function.start);
    expect(got.last?.code[0]).toMatchObject({ here: true, text: expect.stringMatching(/^jmp 0x74/) });
    expect(got.failures).toEqual([]);
    expect(got.unwinders.map(({ verdicts }) => verdicts.error)).toEqual([0, 0, 0]);
    expect(status).toBe(1);
    const { stdout } = await exec(file, '--function', 'main');
    expect(stdout.match(/after 1 instruction/g)).toHaveLength(1);
    expect(stdout).toMatch(/^ {2}at {5}0x\w+ \(main\+0x0\)\n {2}blame {2}the program: it did not come to its end$/m);
    expect(stdout).toMatch(/^ {2}> 0x\w+ +\+0x0 +jmp 0x74/m);
  });
});
