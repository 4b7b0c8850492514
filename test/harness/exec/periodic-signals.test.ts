import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import type { ExecJob, ExecResult } from '../../../harness/exec/index.ts';
import { executeFunction } from '../../../harness/exec/index.ts';
import { addSignalCode } from '../../../harness/exec/signal-module.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import { loadImage } from '../../../harness/loader/index.ts';
import { readColumn } from '../../../harness/truth/address.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';
import { fixturesFolder } from '../../fixtures/manifest.ts';

const load = (path: string) =>
  loadImage(Uint8Array.from(readFileSync(new URL(`binaries/${path}`, fixturesFolder))), { name: path });

const main = { name: 'main', start: 0x7ffd_0000_0000n, size: 0x20_0000, behind: 'nobody' } as const;
const own = { name: 'signal', start: 0x7ffb_0000_0000n, size: 0x1_0000, behind: 'nobody' } as const;

/** Every stop outside the handler, with all its registers, and how many there were in the handler. */
function stopsOf(path: string, every?: number, stack?: string) {
  const { image, handler, trampoline } = addSignalCode(load(path), '1');
  const { architecture } = image;
  const system = { invocation: { arguments: [path], environment: [] }, trampoline };
  const executor = new Executor({ image, stacks: [main, own], seed: '1', emulators: unicornFactory(), system });
  const [module] = image.modules.slice(-1);
  const [code] = image.segments.slice(-1);
  expect(module!.name).toBe('signal code');
  const isOurs = (pc: bigint) => pc >= handler - 0x1000n && pc <= code!.address + BigInt(code!.bytes.length);
  const stops: string[] = [];
  const interrupted = new Set<string>();
  let handled = 0;
  const outcome = executor.run({
    run: { entry: image.modules[0]!.elf.entry, start: 'jump', arguments: [], signals: [] },
    index: 0,
    limit: 1_000_000,
    onStop: (stop) => {
      const pc = readColumn(stop.registers, architecture.pc);
      if (!isOurs(pc)) stops.push(Buffer.from(new Uint8Array(stop.registers.slice().buffer)).toString('base64'));
      else {
        handled++;
        if (pc === handler) interrupted.add(`${readColumn(stop.callers!.behind!.registers, architecture.pc)}`);
      }
    },
    ...(every !== undefined && { periodic: { every, handler, trampoline, ...(stack && { stack }) } }),
  });
  executor.close();
  return { stops, handled, interrupted, outcome };
}

describe.each([
  ['x86-64', 'floating-point-gcc12-O2'],
  ['x86-64', 'tail-calls-clang16-O2'],
  ['aarch64', 'floating-point-gcc12-O2'],
  ['aarch64', 'tail-calls-clang16-O2'],
])('a signal again and again on %s in %s', (architecture, name) => {
  const path = `${architecture}/${name}`;
  const undisturbed = stopsOf(path);

  it.each([
    [1, undefined],
    [3, undefined],
    [1, 'signal'],
    [7, 'signal'],
  ])('every %i instructions, on stack %s, leaves the program as it is', (every, stack) => {
    const { stops, handled, outcome, interrupted } = stopsOf(path, every, stack);
    expect(outcome.exitStatus).toBe(undisturbed.outcome.exitStatus);
    expect(outcome.outcome).toBe('finished');
    expect(stops.length).toBe(undisturbed.stops.length);
    expect(stops.findIndex((stop, i) => stop !== undisturbed.stops[i])).toBe(-1);
    // The handler has dozens of instructions.
    expect(handled).toBeGreaterThan((10 * stops.length) / every);
    if (every === 1) expect(interrupted.size).toBe(new Set(undisturbed.stops.map(pcOf(architecture))).size);
  });
});

/** The PC of a stop kept as above. */
const pcOf = (architecture: string) => (stop: string) =>
  Buffer.from(stop, 'base64').readBigUInt64LE(8 * (architecture === 'x86-64' ? 16 : 32));

describe.each(['x86-64', 'aarch64'])('exec with signals on %s', (architecture) => {
  const execute = (job: Partial<ExecJob>): ExecResult =>
    executeFunction(
      { image: load(`${architecture}/recursion-gcc12-O2`) },
      { file: 'recursion', function: 'main', seed: '1', limit: 3_000_000, ...job },
      { emulators: unicornFactory(), unwinders },
    );

  it.each([true, undefined])('judges the handler too, with a stack of its own: %s', (signalStack) => {
    const plain = execute({});
    const { signals, stops, failures, outcome, exitStatus, functions } = execute({
      signalEvery: 5,
      ...(signalStack && { signalStack }),
    });
    expect([outcome, exitStatus, failures]).toEqual(['finished', plain.exitStatus, []]);
    expect(signals).toBe(Math.floor(plain.stops / 5));
    expect(stops).toBeGreaterThan(plain.stops + 10 * signals);
    expect(functions.find(({ name }) => name === 'signal_handler')!.stops).toBeGreaterThan(signals);
    expect(plain.signals).toBe(0);
  });
});
