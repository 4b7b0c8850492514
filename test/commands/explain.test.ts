import { describe, expect, it } from 'vitest';
import { plumbline } from './plumbline.ts';

describe('plumbline explain', { timeout: 300_000 }, () => {
  it('shows code with rows, who wrote each word of the stack, frames and the paragraph, in 100 columns', async () => {
    const flags = ['--architecture', 'x86-64', '--run', '0', '--stop', '40'];
    const { stdout, status } = await plumbline('explain', 'random/call-graph#1', ...flags);
    expect(status).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^random\/call-graph#1 on x86-64, run \d+, stop 40: dwarf passes$/m);
    expect(stdout).toContain('Five or six random functions call one another');
    expect(stdout).toMatch(/^ {2}> 0x[0-9a-f]+ +\+0x[0-9a-f]+ +\w+/m);
    expect(stdout).toMatch(/saved r\w+ of frame \d+, by (push|mov)/);
    expect(stdout).toMatch(/return address: to frame \d+, \w+\+0x/);
    expect(stdout).toMatch(/return address: to frame \d+, the sentinel/);
    expect(stdout).toMatch(/ {2}frame 1 \(caller\), \w+\+0x/);
  });

  it('knows what the kernel saved, and signed return addresses', async () => {
    const { stdout } = await plumbline('explain', 'random/signals#0', '--architecture', 'aarch64', '--json');
    const { stack, frames, depth } = JSON.parse(stdout);
    expect(frames.map(({ kind }: { kind: string }) => kind)).toEqual(expect.arrayContaining(['interrupted']));
    expect(depth).toBeGreaterThan(2);
    const meanings = stack.map(({ meaning }: { meaning: string }) => meaning);
    const saved = meanings.filter((meaning: string) => /^signal frame: x\d+ of frame \d$/.test(meaning));
    expect(saved.length).toBeGreaterThan(20);
  });

  it('finds the first stop at an address, and refuses what there is not', async () => {
    const { stdout } = await plumbline('explain', 'random/shrunk:id1.fp.enter.work2.ret', '--json', '--stop', '3');
    const { pc, stop } = JSON.parse(stdout);
    expect(stop).toBe(3);
    const found = await plumbline('explain', 'random/shrunk:id1.fp.enter.work2.ret#0', '--json', '--pc', pc);
    expect(JSON.parse(found.stdout)).toMatchObject({ pc, stop: 3, verdict: 'pass' });
    for (const [args, why] of [
      [['random/none'], 'there is no scenario random/none'],
      [['random/shrunk:dance'], 'not with "dance"'],
      [['random/signals#999'], 'has no program 999'],
      [['random/shrunk:id1.ret', '--stop', '9'], 'executes no such stop'],
      [['random/shrunk:id1.ret', '--unwinder', 'dwarf*'], 'one unwinder'],
    ] as const) {
      const { status, stderr } = await plumbline('explain', ...args);
      expect(stderr).toContain(why);
      expect(status).toBe(2);
    }
  });
});
