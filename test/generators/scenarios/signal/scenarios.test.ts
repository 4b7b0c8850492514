import { describe, expect, it } from 'vitest';
import { signalScenarios } from '../../../../generators/scenarios/signal/index.ts';
import type { LoadedImage } from '../../../../harness/loader/image.ts';
import type { Stop } from '../../../../harness/stop.ts';
import { readColumn } from '../../../../harness/truth/address.ts';
import type { TrueFrame } from '../../../../harness/truth/frame.ts';
import { openModules } from '../../../../harness/unwinders/engine.ts';
import { execute, program } from '../../../harness/unwinders/answers.ts';
import { describeScenario } from '../support.ts';

const own = ['every-instruction', 'first-instruction', 'nested', 'alternate-stack', 'by-code', 'null-call'];
const names = signalScenarios.map(({ name }) => name).filter((name) => !own.includes(name.slice('signal/'.length)));

for (const name of names) describeScenario(name, 1);

const both = ['x86-64', 'aarch64'] as const;
const framesOf = (stop: Stop): TrueFrame[] => {
  const frames: TrueFrame[] = [];
  for (let frame = stop.callers; frame !== null; frame = frame.behind) frames.push(frame);
  return frames;
};
const pcOf = ({ registers }: { registers: Uint32Array }, { architecture }: LoadedImage) =>
  readColumn(registers, architecture.pc);
const interruptedIn = (stop: Stop, image: LoadedImage) =>
  framesOf(stop)
    .filter(({ kind }) => kind === 'interrupted')
    .map((frame) => pcOf(frame, image));

describe.each(both)('signals on %s', (architecture) => {
  it.each(['in-push-frame', 'in-store-frame', 'in-frame-pointer', 'in-dynamic-frame'])(
    '%s: every instruction of one function is interrupted, more than one with each of several rows',
    (name) => {
      const made = program(architecture, `signal/${name}`);
      const seen = new Set<bigint>();
      const rows = new Set<bigint>();
      execute(made, (stop, image) => {
        for (const at of interruptedIn(stop, image)) {
          seen.add(at);
          rows.add(BigInt(openModules(image, { lookup: 'list' })[0]!.rowAt(at)!.startLo));
        }
      });
      expect([...seen].sort()).toEqual(made.runs[0]!.signals.map(({ at }) => at).sort());
      expect(rows.size).toBeGreaterThan(4);
    },
  );

  it('three-deep: three signal frames lie behind one another', () => {
    let most = 0;
    execute(program(architecture, 'signal/three-deep'), (stop) => {
      most = Math.max(most, framesOf(stop).filter(({ kind }) => kind === 'trampoline').length);
    });
    expect(most).toBeGreaterThanOrEqual(3);
  });

  it('in-trampoline: two trampolines stand next to one another', () => {
    const kinds = new Set<string>();
    execute(program(architecture, 'signal/in-trampoline'), (stop, image) => {
      const frames = framesOf(stop);
      const trampolines = frames.filter(({ kind }) => kind === 'trampoline').map((frame) => pcOf(frame, image));
      frames.forEach(({ kind }, i) => {
        const next = frames[i + 1];
        if (kind === 'interrupted' && next?.kind === 'interrupted') kinds.add('interrupted trampoline');
      });
      if (trampolines.length > 1) kinds.add('nested');
    });
    expect(kinds).toEqual(new Set(['interrupted trampoline', 'nested']));
  });

  it('both-stacks: going outwards, SP moves to the other stack and back', () => {
    const made = program(architecture, 'signal/both-stacks');
    const stackOf = (at: bigint) =>
      made.stacks.findIndex(({ start, size }) => at >= start && at <= start + BigInt(size));
    const orders = new Set<string>();
    execute(made, (stop, image) => {
      const stacks = [stop, ...framesOf(stop)].map(({ registers }) =>
        stackOf(readColumn(registers, image.architecture.sp)),
      );
      orders.add(stacks.filter((stack, i) => stack !== stacks[i - 1]).join(' '));
    });
    expect([...orders].sort()).toEqual(['0', '1 0']);
    expect(made.runs[0]!.signals.some(({ stack }) => stack === undefined)).toBe(true);
  });

  it('every-register: handlers change every general register of what they interrupt', () => {
    const untouched = new Set<number>();
    let last = -1;
    execute(program(architecture, 'signal/every-register'), (stop, image) => {
      const { columnCount, sp, pc } = image.architecture;
      const [behind] = framesOf(stop).filter(({ kind }) => kind === 'interrupted');
      if (behind === undefined || framesOf(stop)[0]?.kind !== 'trampoline') return;
      if (stop.deliveries !== last) for (let column = 0; column < columnCount; column++) untouched.add(column);
      last = stop.deliveries;
      const general = architecture === 'x86-64' ? 16 : 18;
      for (let column = 0; column < columnCount; column++) {
        const differs = readColumn(stop.registers, column) !== readColumn(behind.registers, column);
        if (differs || column === sp || column === pc || column >= general) untouched.delete(column);
      }
    });
    // The callee-saved registers the style has no room for.
    expect(untouched.size).toBeLessThanOrEqual(1);
  });

  it('changed-context: what sigreturn will load changes while a handler runs', () => {
    let changed = 0;
    let last: { delivery: number; values: string } | undefined;
    execute(program(architecture, 'signal/changed-context'), (stop) => {
      const behind = framesOf(stop).find(({ kind }) => kind === 'interrupted');
      if (behind === undefined) return;
      const values = behind.registers.join();
      if (last?.delivery === stop.deliveries && last.values !== values) changed++;
      last = { delivery: stop.deliveries, values };
    });
    expect(changed).toBeGreaterThan(5);
  });

  it('after-noreturn-call: one address is returned to by a call and interrupted, with different rows', () => {
    const made = program(architecture, 'signal/after-noreturn-call');
    const returned = new Set<bigint>();
    const interrupted = new Set<bigint>();
    let module: ReturnType<typeof openModules>[number] | undefined;
    execute(made, (stop, image) => {
      module ??= openModules(image, { lookup: 'list' })[0]!;
      for (const frame of framesOf(stop)) {
        (frame.kind === 'interrupted' ? interrupted : returned).add(pcOf(frame, image));
      }
    });
    const shared = [...interrupted].filter((at) => returned.has(at));
    expect(shared.length).toBeGreaterThan(0);
    for (const at of shared) expect(module!.rowAt(at)!.startLo).not.toBe(module!.rowAt(at - 1n)!.startLo);
  });

  it('outermost: walks end in an interrupted frame, as a root', () => {
    let ends = 0;
    execute(program(architecture, 'signal/outermost'), (stop) => {
      expect(stop.ending).toBe('root');
      if (framesOf(stop).at(-1)?.kind === 'interrupted') ends++;
    });
    expect(ends).toBeGreaterThan(0);
  });

  it('faulting-load: instructions are attempted, interrupted, and execute in the end', () => {
    const made = program(architecture, 'signal/faulting-load');
    const faults = made.runs[0]!.signals.map(({ at }) => at);
    const visits = new Map<bigint, number>();
    let deliveries = 0;
    execute(made, (stop, image) => {
      const at = pcOf(stop, image);
      if (faults.includes(at)) visits.set(at, (visits.get(at) ?? 0) + 1);
      deliveries = stop.deliveries;
    });
    expect(faults.length).toBe(8);
    expect(deliveries).toBe(8);
    expect([...visits.values()]).toEqual(faults.map(() => 2));
  });

  it('trampoline-fde-at-start: nothing describes the byte before the trampoline', () => {
    const made = program(architecture, 'signal/trampoline-fde-at-start');
    execute(made, (stop, image) => {
      const [module] = openModules(image, { lookup: 'list' });
      for (const frame of framesOf(stop)) {
        if (frame.kind !== 'trampoline') continue;
        const at = pcOf(frame, image);
        expect(module!.rowAt(at)?.signalFrame).toBe(true);
        expect(module!.rowAt(at - 1n)).toBeUndefined();
      }
    });
    expect.hasAssertions();
  });
});

it('red-zone: the registers of an interrupted leaf are below its SP', () => {
  let below = 0;
  execute(program('x86-64', 'signal/red-zone'), (stop, image) => {
    const behind = framesOf(stop).find(({ kind }) => kind === 'interrupted');
    if (behind === undefined) return;
    const row = openModules(image, { lookup: 'list' })[0]!.rowAt(pcOf(behind, image))!;
    // CFA = SP + 8, and slots from CFA - 16 on.
    if (row.cfaLo === 8 && row.ruleCount > 1) below++;
  });
  expect(below).toBeGreaterThan(10);
});
