import { describe, expect, it } from 'vitest';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { explainCase } from '../../../harness/explain/explain-case.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';

const emulators = unicornFactory();
const dwarf = unwinders.find(({ name }) => name === 'dwarf')!;
const architectures = ['x86-64', 'aarch64'] as const;

function generated(scenario: string, architecture: (typeof architectures)[number]) {
  return scenarios.find(({ name }) => name === scenario)!.generate(architecture, 0, '1');
}

// Without a choice, the stop that is explained is the first that does not pass.
describe.each(architectures)('an explanation of a program for %s that the engine passes', (architecture) => {
  it('follows modules as they come and go', () => {
    const program = generated('address/exchanged-module', architecture);
    expect(program.exchanges?.length).toBeGreaterThan(0);
    const explanation = explainCase(program, dwarf, {}, emulators);
    expect(explanation).toMatchObject({ verdict: 'pass' });
    expect(explanation).not.toHaveProperty('message');
  });

  it('gives as much room for frames as a run does', () => {
    const program = generated('damage/short-buffer', architecture);
    for (const [run, { room }] of program.runs.entries()) {
      const explanation = explainCase(program, dwarf, { run }, emulators);
      expect(explanation?.verdict, `room for ${room}`).toBe('pass');
      expect(explanation?.expectedEnding).toContain(explanation?.actualEnding);
    }
  });

  it('expects no frame beyond the end of a walk', () => {
    const program = generated('damage/short-buffer', architecture);
    for (const [run, { room = 0 }] of program.runs.entries()) {
      const { depth, frames, hidden } = explainCase(program, dwarf, { run }, emulators)!;
      expect(depth).toBeLessThan(room);
      expect(frames.length + hidden, `room for ${room}`).toBe(depth);
    }
  });

  it('asks for marks of signal frames where the program needs them, and only of unwinders that have them', () => {
    const program = generated('signal/frame-flag', architecture);
    const unmarked: Unwinder = {
      ...dwarf,
      open(image) {
        const session = dwarf.open(image);
        return {
          unwind(stop, frames) {
            session.unwind(stop, frames);
            frames.signal.fill(0);
          },
        };
      },
    };
    const verdict = (unwinder: Unwinder) => explainCase(program, unwinder, {}, emulators)?.verdict;
    expect(verdict(unmarked)).toBe('fail');
    expect(verdict({ ...unmarked, lacks: ['signal-frame-flag'] })).toBe('pass');
  });
});
