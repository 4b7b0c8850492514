import { describe, expect, it } from 'vitest';
import { type FrameBuffer, x86_64 } from '../../../engine/index.ts';
import type { Feature } from '../../../generators/program.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { notTold } from '../../../harness/judge/index.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import type { Stop } from '../../../harness/stop.ts';
import { unwinders as allUnwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';
import { programOf, programOfBytes, smallProgram } from './small-program.ts';

const emulators = unicornFactory();
const unwinders = allUnwinders.filter(({ name }) => ['dwarf', 'dwarf-list', 'dwarf-debug-frame'].includes(name));
const { columnCount, pc } = x86_64;
const rbx = 3;

/** The engine, whose answer is then changed. */
function changed(change: (frames: FrameBuffer, stop: Stop) => void, lacks: readonly Feature[] = []): Unwinder {
  return {
    name: 'changed',
    description: '',
    lacks,
    open(image) {
      const session = unwinders[0]!.open(image);
      return {
        unwind(stop, frames) {
          session.unwind(stop, frames);
          change(frames, stop);
        },
      };
    },
  };
}

/** Makes rbx wrong in every frame that is at or inside `leaf`'s caller. */
const spoilRbx = (frames: FrameBuffer) => {
  if (frames.count > 1) frames.values[2 * (columnCount + rbx)]! ^= 1;
};
const verdictsOf = (result: ReturnType<typeof runProgram>) => result.unwinders.map(({ verdicts }) => verdicts);
const run = (unwinder: Unwinder, program = smallProgram()) => runProgram(program, { emulators, unwinders: [unwinder] });

describe('runProgram()', () => {
  const result = runProgram(smallProgram(), { emulators, unwinders });

  it('judges every unwinder that applies at every executed instruction', () => {
    expect(result.unwinders.map(({ unwinder }) => unwinder)).toEqual(['dwarf', 'dwarf-list']);
    const all = { pass: 7, fail: 0, missing: 0, error: 0 };
    expect(verdictsOf(result)).toEqual([all, all]);
    expect(result.failures).toEqual([]);
  });

  it('counts what the stops cover', () => {
    expect(result).toMatchObject({
      stops: 7,
      distinctPcs: 7,
      busiestPcStops: 1,
      executed: 7,
      emitted: 7,
      codeBytes: 17,
      paddingBytes: 0,
    });
    // Six callee-saved registers at each stop; rbx is not the caller's from behind `mov` to before `ret`.
    expect(result.registerPairs).toEqual({ compared: 42, differing: 2 });
    // Only stops in `leaf` have a caller with a row.
    expect(result.rowPairs).toHaveLength(1);
  });

  it('gives the same result again', () => {
    const again = runProgram(smallProgram(), { emulators, unwinders });
    const timeless = (one: typeof result) =>
      JSON.stringify(one, (key, value: unknown) => (key === 'seconds' ? undefined : value));
    expect(timeless(again)).toBe(timeless(result));
  });

  it('groups failures by row and divergence, with the first stop explained', () => {
    const failed = run(changed(spoilRbx));
    expect(verdictsOf(failed)).toEqual([{ pass: 0, fail: 7, missing: 0, error: 0 }]);
    expect(failed.failures.map(({ row, divergence, verdict, count }) => [row, divergence, verdict, count])).toEqual([
      ['CFA=rsp+8 rip=[CFA-8]', 'rbx', 'fail', 4],
      ['CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]', 'rbx', 'fail', 3],
    ]);
    const { example } = failed.failures[1]!;
    expect(example).toMatchObject({ run: 0, stop: 1, pc: '0x401001' });
    expect(example.message).toMatch(/^frame 1: rbx is 0x[0-9a-f]+, expected 0x[0-9a-f]+$/);
    const explanation = example.explanation!;
    expect(explanation.code.map(({ text, here }) => (here ? `> ${text}` : text))).toEqual([
      'push rbx',
      '> mov rbx, 0x2a',
      'call 0x40100f',
      'pop rbx',
      'ret',
    ]);
    const { name, start } = explanation.place.function;
    expect(explanation.place).toMatchObject({ frame: 0, kind: 'stop', pc: '0x401001', lookup: '0x401001' });
    expect([name, start]).toEqual(['entry', '0x401000']);
    expect(explanation.code[0]!.row).toBe('CFA=rsp+8 rip=[CFA-8]');
    expect(explanation.code[1]!.row).toBe('CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]');
    const frame = explanation.frames[0]!;
    expect(frame.kind).toBe('sentinel');
    expect(BigInt(frame.expected.rbx!) ^ BigInt(frame.actual.rbx!)).toBe(1n);
    expect(frame.expected.rip).toBe(frame.actual.rip);
  });

  it('blames the row of the frame whose step went wrong', () => {
    // In `leaf`, frame 2 is what the row of `entry` gives.
    const failed = run(
      changed((frames) => {
        if (frames.count === 3) frames.values[2 * (2 * columnCount + pc)]! ^= 1;
      }),
    );
    expect(failed.failures.map(({ row, divergence, count }) => [row, divergence, count])).toEqual([
      ['CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]', 'rip', 2],
    ]);
    const explanation = failed.failures[0]!.example.explanation!;
    expect(explanation.code.find(({ here }) => here)!.text).toBe('call 0x40100f');
    const { frame, kind, pc: resumes, lookup } = explanation.place;
    expect([frame, kind, BigInt(resumes) - BigInt(lookup)]).toEqual([1, 'caller', 1n]);
  });

  it('expects no frame where a walk must end, although somebody called', () => {
    const program = smallProgram();
    const walkEnds = [{ start: 0x40100fn, end: 0x401011n, endings: ['no-info'] as const }];
    const failed = run(unwinders[0]!, { ...program, walkEnds });
    expect(failed.failures.map(({ divergence, count }) => [divergence, count])).toEqual([['went on too far', 2]]);
    const { frames } = failed.failures[0]!.example.explanation!;
    expect(frames).toMatchObject([{ frame: 1, kind: 'none', expected: {} }]);
    expect(frames[0]!.actual.rip).toBe('0x40100d');
  });

  it('counts missing as unexpected unless the unwinder lacks what the program needs', () => {
    const forget = (frames: FrameBuffer) => {
      frames.known[columnCount + rbx] = 0;
    };
    const unexpected = run(changed(forget, ['expressions']), smallProgram(['signal-frames']));
    expect(unexpected.unwinders[0]).toMatchObject({ verdicts: { pass: 0, missing: 7 }, unexpectedMissing: 7 });
    expect(unexpected.failures[0]!.example.message).toMatch(/^frame 1: rbx is not known, expected 0x/);
    const declared = run(changed(forget, ['signal-frames']), smallProgram(['signal-frames']));
    expect(declared.unwinders[0]).toMatchObject({ verdicts: { pass: 0, missing: 7 }, unexpectedMissing: 0 });
    expect(declared.failures).toEqual([]);
  });

  it('takes a failure for missing where the unwinder lacks what the program needs', () => {
    const declared = run(changed(spoilRbx, ['signal-frames']), smallProgram(['signal-frames']));
    expect(verdictsOf(declared)).toEqual([{ pass: 0, fail: 0, missing: 7, error: 0 }]);
  });

  it('asks for the flags of signal frames only where a program needs them, and never whoever lacks them', () => {
    const silent = (frames: FrameBuffer) => frames.signal.fill(notTold);
    const needing = smallProgram(['signal-frame-flag']);
    const all = { pass: 7, fail: 0, missing: 0, error: 0 };
    expect(verdictsOf(run(changed(silent)))).toEqual([all]);
    expect(verdictsOf(run(changed(silent, ['signal-frame-flag']), needing))).toEqual([all]);
    const demanded = run(changed(silent), needing);
    expect(demanded.unwinders[0]).toMatchObject({ verdicts: { missing: 7 }, unexpectedMissing: 7 });
    expect(demanded.failures[0]!.example.message).toBe('frame 0: is not told to be either, expected no signal frame');
  });

  it('fails a frame that is called a signal frame, blaming its own row', () => {
    const wrong = (frames: FrameBuffer) => {
      if (frames.count === 3) frames.signal[1] = 1;
    };
    const failed = run(changed(wrong));
    expect(verdictsOf(failed)).toEqual([{ pass: 5, fail: 2, missing: 0, error: 0 }]);
    expect(failed.failures.map(({ row, divergence, example }) => [row, divergence, example.message])).toEqual([
      ['CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]', 'signal frame', 'frame 1: is a signal frame, expected no signal frame'],
    ]);
    expect(verdictsOf(run(changed(wrong, ['signal-frame-flag'])))).toMatchObject([{ pass: 7 }]);
  });

  it('makes an exception of the unwinder an error of that stop', () => {
    const failed = run(
      changed((_, stop) => {
        if (stop.index === 3) throw new RangeError('beyond the end');
      }),
    );
    expect(verdictsOf(failed)).toEqual([{ pass: 6, fail: 0, missing: 0, error: 1 }]);
    expect(failed.failures[0]).toMatchObject({ divergence: 'exception', example: { stop: 3 } });
    expect(failed.failures[0]!.example.message).toMatch(/^RangeError: beyond the end \(run-program\.test\.ts:/);
  });

  it('makes an answer that is none an error', () => {
    const failed = run(
      changed((frames) => {
        frames.count = 0;
      }),
    );
    expect(verdictsOf(failed)).toEqual([{ pass: 0, fail: 0, missing: 0, error: 7 }]);
  });

  it('makes an unwinder that cannot open the program one error', () => {
    const failed = run({
      name: 'closed',
      description: '',
      lacks: [],
      open: () => {
        throw new Error('no such section');
      },
    });
    expect(verdictsOf(failed)).toEqual([{ pass: 0, fail: 0, missing: 0, error: 1 }]);
    expect(failed.failures[0]!.example.message).toMatch(/^Error: no such section \(run-program\.test\.ts:/);
  });

  const sessionless = { description: '', lacks: [], open: () => ({ unwind: () => undefined }) };

  it('keeps the verdicts of the others where one cannot say whether it applies, or cannot take other modules', () => {
    const fails = (what: string) => () => {
      throw new Error(what);
    };
    const applies: Unwinder = { ...sessionless, name: 'applies', applies: fails('no use') };
    const update: Unwinder = {
      ...sessionless,
      name: 'update',
      open: () => ({ unwind: () => undefined, update: fails('no change') }),
    };
    const program = scenarios.find(({ name }) => name === 'address/exchanged-module')!.generate('x86-64', 0, '1');
    const alone = runProgram(program, { emulators, unwinders: [unwinders[0]!] });
    const together = runProgram(program, { emulators, unwinders: [applies, update, unwinders[0]!] });
    expect(together).toMatchObject({ stops: alone.stops, executed: alone.executed });
    const [one, other, dwarf] = verdictsOf(together);
    expect(dwarf).toEqual(verdictsOf(alone)[0]);
    expect(dwarf).toEqual({ pass: alone.stops, fail: 0, missing: 0, error: 0 });
    // They are opened again with each change of the modules.
    expect(one).toEqual({ pass: 0, fail: 0, missing: 0, error: expect.any(Number) });
    expect(Math.min(one!.error, other!.error)).toBeGreaterThan(0);
    const errors = together.failures.filter(({ verdict }) => verdict === 'error');
    expect(errors.map(({ unwinder, example }) => [unwinder, example.message.replace(/ \(.*/, '')])).toEqual([
      ['applies', 'Error: no use'],
      ['update', 'Error: no change'],
    ]);
  });

  it('judges only the stop that is asked for', () => {
    const one = runProgram(smallProgram(), { emulators, unwinders: [changed(spoilRbx)], run: 0, stop: 4 });
    expect(one.stops).toBe(1);
    expect(one.failures[0]!.example).toMatchObject({ run: 0, stop: 4 });
    expect(verdictsOf(one)).toEqual([{ pass: 0, fail: 1, missing: 0, error: 0 }]);
    expect(runProgram(smallProgram(), { emulators, unwinders, run: 1 }).stops).toBe(0);
  });
});

describe('runProgram() gives each unwinder an error for a program that', () => {
  it('never executes an instruction', () => {
    const failed = runProgram(programOfBytes([0xc3], [0x90], [0xc3]), { emulators, unwinders });
    expect(verdictsOf(failed).map(({ error }) => error)).toEqual([1, 1]);
    expect(failed).toMatchObject({ executed: 1, emitted: 3 });
    expect(failed.failures[0]!.divergence).toBe('not executed');
    expect(failed.failures[0]!.example.message).toBe('2 of 3 instructions were not executed: 0x401001 0x401002');
  });

  it('jumps to memory that is not mapped', () => {
    // xor eax, eax; jmp rax
    const failed = runProgram(programOfBytes([0x31, 0xc0], [0xff, 0xe0]), { emulators, unwinders });
    expect(verdictsOf(failed)).toEqual([
      { pass: 2, fail: 0, missing: 0, error: 1 },
      { pass: 2, fail: 0, missing: 0, error: 1 },
    ]);
    expect(failed.failures[0]!.divergence).toBe('fault');
  });

  it('never ends', () => {
    const failed = runProgram(programOfBytes([0xeb, 0xfe]), { emulators, unwinders, limit: 1000 });
    expect(failed.failures.map(({ divergence }) => divergence)).toEqual(['limit', 'limit']);
    expect(failed.stops).toBe(1000);
    expect(failed.busiestPcStops).toBe(1000);
  });

  it('breaks the ABI', () => {
    // mov rbx, 42; ret
    const failed = run(
      unwinders[0]!,
      programOf([
        {
          name: 'entry',
          items: [{ bytes: Uint8Array.of(0xe8, 1, 0, 0, 0) }, { bytes: Uint8Array.of(0xc3) }],
        },
        {
          name: 'rude',
          align: 1,
          items: [{ bytes: Uint8Array.of(0x48, 0xc7, 0xc3, 0x2a, 0, 0, 0) }, { bytes: Uint8Array.of(0xc3) }],
        },
      ]),
    );
    expect(failed.failures.map(({ divergence }) => divergence)).toContain('abi');
  });
});
