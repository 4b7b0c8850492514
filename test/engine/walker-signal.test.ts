import { describe, expect, test } from 'vitest';
import { Walker, x86_64 } from '../../engine/index.ts';
import {
  type HandMadeFunction,
  type HandMadeRow,
  handMadeModule,
  pcs,
  startedFrames,
  wordMemory,
} from './hand-made.ts';

const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } };
const handler: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: entry };
const interrupted: HandMadeFunction = { start: 0x3000n, end: 0x3010n, row: entry };
const trampoline: HandMadeFunction = {
  start: 0x1ffen,
  end: 0x2010n,
  row: {
    cfa: { register: 'rsp', offset: 16n },
    rules: { rip: { kind: 'offset', offset: -16n }, rsp: { kind: 'offset', offset: -8n } },
    signalFrame: true,
  },
};
// The handler returns to the trampoline, which interrupted 0x3000.
const memory = wordMemory({ 24576: 0x2000n, 24584: 0x3000n, 24592: 0x7000n, 28672: 0x9999n });

function walked(
  functions: readonly HandMadeFunction[],
  frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x6000n }),
) {
  const { module, source } = handMadeModule(x86_64, functions);
  new Walker(x86_64, [module]).walk(memory, frames);
  return { frames, asked: source.asked };
}

describe('a walk', () => {
  test('goes on behind the last frame of another walk where that was interrupted', () => {
    const { frames } = walked([handler, trampoline]);
    expect([pcs(frames), frames.ending]).toEqual([[0x1004n, 0x2000n, 0x3000n], 'no-info']);
    expect(walked([interrupted], frames).asked[0]).toBe(0x3000n);
    expect(pcs(frames)).toEqual([0x1004n, 0x2000n, 0x3000n, 0x9999n]);
  });

  test('that ends with an error in a signal frame has it flagged, and nothing else', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x6000n });
    frames.signal.fill(2);
    const unreadable: HandMadeRow = { ...entry, cfa: { register: 'rsp', offset: 0x1_0000n }, signalFrame: true };
    walked([handler, { ...trampoline, row: unreadable }], frames);
    expect([frames.count, frames.ending, [...frames.signal.subarray(0, 4)]]).toEqual([2, 'unreadable', [0, 1, 2, 2]]);
  });

  test('that ends with an error in another frame has none flagged', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x8000n });
    walked([handler], frames);
    expect([frames.count, frames.ending, frames.signal[0]]).toEqual([1, 'unreadable', 0]);
  });
});
