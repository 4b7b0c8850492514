import type { Contender } from '../bench-stack.ts';
import { cachedAddresses } from './capture.ts';
import { framePointer } from './frame-pointer.ts';
import { locations } from './locations.ts';
import { naive } from './naive.ts';
import { baselineContenders, cached, header, precomputed, sortedIndex } from './stack-cursor.ts';

/** Every path that walks whole stacks, the unit first. */
export const contenders: readonly Contender[] = [
  framePointer,
  naive,
  ...baselineContenders,
  sortedIndex,
  header,
  cached,
  cachedAddresses,
  precomputed,
  locations,
];
