import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Timed } from './interleave.ts';

/** Pieces the frames are walked in: so many that even what allocates most fills no new space within one of them. */
const pieces = 1024;

/**
 * Bytes of JavaScript heap allocated per frame, over about `frames` frames of something that is warm. What a garbage
 * collection meanwhile frees is not subtracted: a piece in which the heap shrank counts as the average of the others.
 */
export function bytesPerFrame({ run }: Timed, frames: number): number {
  const collect = collector();
  const walk = (): number => {
    let done = 0;
    while (done < frames / pieces) done += run();
    return done;
  };
  walk();
  collect();
  const empty = heapGrowth(() => 0);
  let bytes = 0;
  let counted = 0;
  for (let piece = 0; piece < pieces; piece++) {
    let done = 0;
    const growth = heapGrowth(() => {
      done = walk();
      return done;
    });
    if (growth < 0) continue;
    bytes += Math.max(0, growth - empty);
    counted += done;
  }
  return counted === 0 ? 0 : bytes / counted;
}

function heapGrowth(work: () => number): number {
  const before = getHeapStatistics().used_heap_size;
  work();
  return getHeapStatistics().used_heap_size - before;
}

/** A function that collects all garbage, without node having been started with a flag. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
