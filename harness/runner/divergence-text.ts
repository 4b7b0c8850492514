import type { Architecture, FrameBuffer } from '../../engine/index.ts';
import type { Divergence } from '../judge/index.ts';
import type { Stop } from '../stop.ts';

/** What diverges, without values: the key failures are grouped by. */
export function divergenceName(divergence: Divergence, architecture: Architecture): string {
  switch (divergence.kind) {
    case 'register':
      return architecture.columnNames[divergence.column]!;
    case 'early':
      return 'stopped early';
    case 'far':
      return 'went on too far';
    case 'ending':
      return 'way of ending';
    case 'signal-frame':
      return 'signal frame';
  }
}

/** One sentence: what was expected and what was answered. */
export function divergenceMessage(divergence: Divergence, frames: FrameBuffer, stop: Stop): string {
  const { frame, unknown } = divergence;
  switch (divergence.kind) {
    case 'register': {
      const name = frames.architecture.columnNames[divergence.column]!;
      const expected = hex(divergence.expectedLo, divergence.expectedHi);
      const actual = unknown ? 'not known' : hex(divergence.actualLo, divergence.actualHi);
      return `frame ${frame}: ${name} is ${actual}, expected ${expected}`;
    }
    case 'early':
      return `stopped after frame ${frame - 1} of ${stop.depth}: ${ending(frames)}`;
    case 'far':
      return `went on beyond frame ${stop.depth}, where the walk must end (${expectedEnding(stop)})`;
    case 'ending':
      return `ended with ${ending(frames)}, expected ${expectedEnding(stop)}`;
    case 'signal-frame': {
      const said = unknown ? 'not told to be either' : signalFrame(divergence.actualLo);
      return `frame ${frame}: is ${said}, expected ${signalFrame(divergence.expectedLo)}`;
    }
  }
}

/** How a right walk ends, in words. */
export function expectedEnding({ ending, declared }: Stop): string {
  return declared === undefined ? ending : declared.endings.join(' or ');
}

function signalFrame(flag: number): string {
  return flag === 1 ? 'a signal frame' : 'no signal frame';
}

function ending(frames: FrameBuffer): string {
  return frames.error === undefined ? frames.ending : `${frames.ending} (${frames.error.message})`;
}

function hex(lo: number, hi: number): string {
  return `0x${((BigInt(hi) << 32n) | BigInt(lo)).toString(16)}`;
}
