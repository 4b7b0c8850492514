import { describe, expect, it } from 'vitest';
import { FrameBuffer, Walker } from '../../../engine/index.ts';
import { Random } from '../../../generators/random.ts';
import type { BenchModule, BenchStack } from '../../../harness/bench/bench-stack.ts';
import { openModule } from '../../../harness/bench/contenders/modules.ts';
import { contenders } from '../../../harness/bench/contenders/registry.ts';
import { buildStack, registersPerFrame } from '../../../harness/bench/stack/build-stack.ts';
import { findCallSites } from '../../../harness/bench/stack/call-site.ts';
import { balancedSites, standardStack, warmMisses } from '../../../harness/bench/stack/choose-sites.ts';
import { generateModule } from '../../../harness/bench/stack/generated-module.ts';
import { syntheticModule, syntheticStack } from '../../../harness/bench/stack/synthetic-module.ts';
import { verify, WrongWalk } from '../../../harness/bench/verify.ts';

const generated = generateModule('generated', 200, new Random('1'), (i) => i % 7);

function stackOf(module: BenchModule, depth: number): BenchStack {
  const sites = findCallSites(module, openModule(module, 'header'), new Random('2'), 40);
  const frames = Array.from({ length: depth }, (_, i) => sites[i % sites.length]!);
  return buildStack('test', module.elf.architecture, [module], frames, new Random('3'));
}

/** Frames of the engine's walk, register by register, that are not what was built. */
function differences(stack: BenchStack, lookup: 'header' | 'list'): string[] {
  const { architecture, truth } = stack;
  const frames = new FrameBuffer(architecture, stack.depth + 2);
  frames.start(stack.registers);
  const modules = stack.modules.map((module) => openModule(module, lookup));
  new Walker(architecture, modules).walk(stack.memory, frames);
  const found: string[] = [];
  if (frames.count !== truth.count) found.push(`${frames.count - 1} callers`);
  if (frames.ending !== truth.ending) found.push(frames.ending);
  for (let frame = 0; frame < truth.count; frame++) {
    architecture.columnNames.forEach((name, column) => {
      if (frames.value(frame, column) !== truth.value(frame, column)) found.push(`${frame} ${name}`);
    });
  }
  return found;
}

describe('buildStack()', () => {
  it.each(['header', 'list'] as const)('builds what the engine finds without a cache (%s)', (lookup) => {
    expect(differences(stackOf(generated, 100), lookup)).toEqual([]);
  });

  it('fills the frames with different values, so that a register taken from elsewhere shows', () => {
    const { truth, architecture } = stackOf(generated, 100);
    const values = new Set(Array.from({ length: 101 }, (_, frame) => truth.value(frame, architecture.calleeSaved[0]!)));
    expect(values.size).toBeGreaterThan(30);
  });

  it('ends with a return address for which there are no rows', () => {
    const { truth, depth, architecture } = stackOf(generated, 5);
    expect(truth.value(depth, architecture.pc)).toBe(1n);
    expect(truth.ending).toBe('no-info');
  });
});

describe('findCallSites()', () => {
  it('finds places behind calls, whose frames save what their rows say', () => {
    const sites = findCallSites(generated, openModule(generated, 'header'), new Random('5'), 40);
    expect(sites.length).toBe(40);
    expect(new Set(sites.map(({ pc }) => pc)).size).toBe(40);
    const text = generated.elf.section('.text')!;
    for (const { pc, saved, frameSize } of sites) {
      const offset = Number(pc - generated.loadBias - text.address);
      expect(text.bytes[offset - 5]).toBe(0xe8);
      expect(frameSize).toBeGreaterThanOrEqual(8 * (saved.length + 1));
    }
  });
});

describe('standardStack()', () => {
  const sites = balancedSites(generated, new Random('6'), 3);
  const { stack, frames } = standardStack('standard', generated, sites, new Random('7'));

  it('is hit by every lookup of a warm cache', () => {
    expect(warmMisses(stack)).toBe(0);
  });

  it('has functions that save 0 to 6 registers, four restored a frame on average', () => {
    expect(new Set(frames.map(({ saved }) => saved.length))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(registersPerFrame(frames)).toBeGreaterThan(3.5);
    expect(registersPerFrame(frames)).toBeLessThan(4.5);
  });

  it.each(contenders.map((contender) => [contender.name, contender] as const))(
    '%s finds the frames built',
    (_, one) => {
      expect(() => verify(one, one.open(stack), stack)).not.toThrow();
    },
  );
});

describe('syntheticModule()', () => {
  it.each([
    { functions: 100, saved: (i: number) => i % 7 },
    { functions: 20_000, saved: (i: number) => i % 7 },
    { functions: 56, saved: (i: number) => i % 7, earlyReturns: 3 },
  ])('$functions functions: the engine finds the frames that its sites describe', (options) => {
    const stack = syntheticStack(syntheticModule('synthetic', options), new Random('8'));
    expect(differences(stack, 'header')).toEqual([]);
    expect(differences(stack, 'list')).toEqual([]);
  });

  it('gives the same stack for any number of functions', () => {
    const shape = (functions: number) => {
      const module = syntheticModule('synthetic', { functions, saved: (i) => i % 7 });
      return syntheticStack(module, new Random('9')).bytes.length;
    };
    expect(shape(10_000)).toBe(shape(100));
  });
});

describe('verify()', () => {
  const stack = stackOf(generated, 10);
  const right = contenders.find(({ name }) => name === 'cached')!;

  it('accepts what is right', () => {
    expect(() => verify(right, right.open(stack), stack)).not.toThrow();
  });

  it('finds a register that is wrong', () => {
    const session = right.open(stack);
    const wrong = {
      walk: () => session.walk(),
      record(frames: FrameBuffer) {
        session.record(frames);
        frames.values[2 * (5 * 17 + 3)]! ^= 1;
      },
    };
    expect(() => verify(right, wrong, stack)).toThrow(/cached on test: frame 5: expected rbx = 0x[0-9a-f]+, found/);
  });

  it('finds a register that is missing, a frame too few, and a timed walk that visits other frames', () => {
    const session = right.open(stack);
    const spoilt = (spoil: (frames: FrameBuffer) => void, walk = session.walk) => ({
      walk,
      record(frames: FrameBuffer) {
        session.record(frames);
        spoil(frames);
      },
    });
    const forgets = spoilt((frames) => frames.known.fill(0, 4 * 17 + 12, 4 * 17 + 13));
    expect(() => verify(right, forgets, stack)).toThrow('cached on test: frame 4: r12 is not known');
    expect(() => verify({ ...right, finds: 'addresses' }, forgets, stack)).not.toThrow();
    const stops = spoilt((frames) => {
      frames.count--;
    });
    expect(() => verify(right, stops, stack)).toThrow('expected 10 callers, found 9');
    const lazy = spoilt(
      () => {},
      () => 3,
    );
    expect(() => verify(right, lazy, stack)).toThrow(WrongWalk);
  });

  it('says whose walk threw what', () => {
    const throws = () => {
      throw new RangeError('out of bounds');
    };
    const text = /cached on test: it threw RangeError: out of bounds/;
    expect(() => verify(right, { walk: () => 10, record: throws }, stack)).toThrow(text);
    expect(() => verify(right, { ...right.open(stack), walk: throws }, stack)).toThrow(WrongWalk);
  });
});
