import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ending, Memory, MemoryWindow } from '../../../engine/index.ts';
import type { Program } from '../../../generators/program.ts';
import type { LoadedImage } from '../../../harness/loader/image.ts';
import { suiteScenarios } from '../../../harness/runner/suite-scenarios.ts';
import type { Stop } from '../../../harness/stop.ts';
import { type Answer, answer, copyStop, execute, openModes, program, type Session } from './answers.ts';

/** Of each kind of scenario, some; of programs that were compiled, more than one. */
const sample = suiteScenarios().filter(
  ({ name }, i) => !name.startsWith('container/') && (!name.startsWith('prologue/') || i % 3 === 0),
);
const compiledPrograms = 4;

/** Has all modes answer at every stop of a short program, and at some of a long one. Returns the answers. */
function compareAt(program: Program): Answer[] {
  let sessions: Session[] | undefined;
  const answers: Answer[] = [];
  let stops = 0;
  execute(program, (stop, image) => {
    sessions ??= openModes(image);
    if (sessions.length === 0) return;
    stops++;
    if (stops > 60 && stop.index % 7 !== 0) return;
    if (stops > 1500 && stop.index % 101 !== 0) return;
    // Now and then the buffer is too small.
    const capacity = stop.index % 5 === 4 ? 2 : stop.depth + 3;
    const [first, ...others] = sessions;
    const expected = answer(first!, stop, capacity);
    for (const other of others) expect(answer(other, stop, capacity), other.name).toEqual(expected);
    answers.push(expected);
  });
  return answers;
}

/** Nothing is executed there, or no mode but one has anything to read. */
const incomparable: ReadonlySet<string> = new Set([
  'damage/no-sections',
  'dynamic/scalable-vector-rows',
  'pointer-authentication/with-pc-rows',
]);

describe.each(['x86-64', 'aarch64'] as const)('on %s all modes of the engine answer alike', (architecture) => {
  const chosen = sample.filter(({ architectures }) => architectures.includes(architecture));
  const endings = new Set<Ending>();
  let signalFrames = 0;

  it.each(chosen.map(({ name }) => name))('in %s', { timeout: 60_000 }, (name) => {
    const count = name.startsWith('compiled/') ? compiledPrograms : 1;
    const most = chosen.find((scenario) => scenario.name === name)!.count('full', architecture);
    let compared = 0;
    for (let index = 0; index < most && compared < count; index++) {
      const answers = compareAt(program(architecture, name, index));
      // The modes search the table of .eh_frame_hdr, which object files do not have.
      if (answers.length > 0) compared++;
      for (const { ending, signal } of answers) {
        endings.add(ending);
        if (signal.includes(1)) signalFrames++;
      }
    }
    expect(compared).toBe(incomparable.has(name) ? 0 : Math.min(count, most));
  });

  it('whatever the ending, and through signal frames', () => {
    expect([...endings].sort()).toEqual(expect.arrayContaining(['limit', 'no-info', 'root']));
    expect(signalFrames).toBeGreaterThan(100);
  });
});

const word = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 63n, 2n ** 64n - 1n),
);

/** Changes of a stop: of registers and of memory near SP, to anything, to each other or by a little. */
const damage = fc.record({
  stop: fc.nat(),
  registers: fc.array(
    fc.record({ column: fc.nat(), how: fc.constantFrom('any', 'copy', 'add'), other: fc.nat(), word }),
    {
      maxLength: 3,
    },
  ),
  stack: fc.array(
    fc.record({ offset: fc.integer({ min: -4, max: 60 }), how: fc.constantFrom('any', 'copy'), other: fc.nat(), word }),
    {
      maxLength: 4,
    },
  ),
  /** Bytes behind SP that can still be read, and bytes before SP that cannot. */
  cut: fc.option(fc.nat({ max: 400 }), { freq: 2 }),
  raise: fc.option(fc.nat({ max: 200 }), { freq: 3 }),
  /** Columns whose values are not known; never those of PC and SP. */
  unknown: fc.array(fc.nat(), { maxLength: 3 }),
});

type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

const get = (registers: Uint32Array, column: number) =>
  (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!);
const set = (registers: Uint32Array, column: number, value: bigint) => {
  registers[2 * column] = Number(BigInt.asUintN(32, value));
  registers[2 * column + 1] = Number(BigInt.asUintN(32, value >> 32n));
};

function damaged(stop: Stop, { registers, stack, cut, raise }: Damage): Stop {
  const copy = copyStop(stop);
  const { columnCount, sp } = stop.architecture;
  const stackPointer = get(stop.registers, sp);
  for (const { column, how, other, word: value } of registers) {
    const old = get(copy.registers, column % columnCount);
    const changed = { any: value, copy: get(stop.registers, other % columnCount), add: old + (value % 64n) - 32n }[how];
    set(copy.registers, column % columnCount, changed);
  }
  const windows = copy.memory.windows.map((window) => {
    const start = (BigInt(window.startHi) << 32n) | BigInt(window.startLo);
    const offset = Number(stackPointer - start);
    if (offset < 0 || offset >= window.size) return window;
    for (const { offset: words, how, other, word: value } of stack) {
      const at = offset + 8 * words;
      if (at < 0 || at + 8 > window.size) continue;
      window.view.setBigUint64(at, how === 'any' ? value : get(stop.registers, other % columnCount), true);
    }
    const size = cut === null ? window.size : Math.min(window.size, offset + cut);
    const left = new MemoryWindow(start, new Uint8Array(window.view.buffer, 0, size));
    left.readable = raise === null ? window.readable : Math.min(size, offset + raise);
    return left;
  });
  return { ...copy, memory: new Memory(windows) };
}

describe.each([
  ['x86-64', 'random/mixed-chain'],
  ['x86-64', 'signal/first-instruction'],
  ['x86-64', 'rules/val-expression'],
  ['aarch64', 'random/mixed-chain'],
  ['aarch64', 'pointer-authentication/a-key'],
  ['aarch64', 'signal/first-instruction'],
] as const)('on damaged stops of %s %s', (architecture, name) => {
  it('all modes of the engine answer alike', () => {
    const stops: Stop[] = [];
    let image: LoadedImage | undefined;
    execute(program(architecture, name), (stop, loaded) => {
      image = loaded;
      if (stops.length < 24 && stop.index % 5 === 0) stops.push(copyStop(stop));
    });
    const [first, ...others] = openModes(image!);
    const kinds = new Set<Ending>();
    fc.assert(
      fc.property(damage, (how) => {
        const stop = damaged(stops[how.stop % stops.length]!, how);
        const { columnCount, pc, sp } = stop.architecture;
        const unknown = how.unknown.map((column) => column % columnCount).filter((c) => c !== pc && c !== sp);
        const expected = answer(first!, stop, 24, unknown);
        kinds.add(expected.ending);
        for (const other of others) expect(answer(other, stop, 24, unknown), other.name).toEqual(expected);
      }),
      { numRuns: 250 },
    );
    expect([...kinds]).toEqual(expect.arrayContaining(['no-info', 'unreadable']));
  });
});
