import { describe, expect, it } from 'vitest';
import { type Unwinder, unicornFactory } from '../../../harness/index.ts';
import { type Asking, AskingTrace, readAsking } from '../../../harness/runner/asking.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { smallProgram } from './small-program.ts';

describe('AskingTrace', () => {
  it('tells who is asked at each stop before that is asked, and when the program goes on', () => {
    const told: (Asking | undefined)[] = [];
    const asked: string[] = [];
    const unwinder: Unwinder = {
      name: 'mine+1',
      description: '',
      lacks: [],
      open() {
        asked.push(`open after ${told.length}`);
        return {
          unwind(stop) {
            const { unwinder: who, stop: where, pc } = told.at(-1)!;
            asked.push(`${who} at ${where}`);
            expect(where).toBe(stop.index);
            expect(Number(pc)).toBe(stop.registers[2 * stop.architecture.pc]);
          },
        };
      },
    };
    const emulators = unicornFactory();
    let opened: (Asking | undefined)[] = [];
    const { stops } = runProgram(smallProgram(), {
      emulators: {
        version: emulators.version,
        open(...of) {
          opened = [...told];
          return emulators.open(...of);
        },
      },
      unwinders: [unwinder],
      trace: (line) => told.push(readAsking(line)),
    });
    expect(stops).toBeGreaterThan(3);
    expect(asked).toEqual(['open after 1', ...Array.from({ length: stops }, (_, i) => `mine+1 at ${i}`)]);
    // The emulator, which may end the process, too, is opened when nobody is asked.
    expect(opened.at(-1)).toEqual({ run: 0, stop: 0, pc: '0x0' });
    // Between two stops nobody is asked: what dies there is the program's.
    expect(told.filter((one) => one?.stop === 2)).toEqual([
      { unwinder: 'mine+1', run: 0, stop: 2, pc: expect.any(String) },
      { run: 0, stop: 2, pc: expect.any(String) },
    ]);
    expect(told.at(-1)).toEqual({ run: 0, stop: 0, pc: '0x0' });
    expect(told).not.toContain(undefined);
  });

  it('does nothing where nobody listens', () => {
    expect(() => new AskingTrace(undefined).asks({ name: 'mine' })).not.toThrow();
  });

  it.each(['', 'a line', '1 2', '1 2 3 mine', '1 2 0x3 mine too'])('does not take "%s" for a line of it', (line) => {
    expect(readAsking(line)).toBeUndefined();
  });
});
