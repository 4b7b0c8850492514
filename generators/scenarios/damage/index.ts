import type { Scenario } from '../scenario.ts';
import { selfCaller, twoFrameCycle } from './cycles.ts';
import { shortBuffer, truncatedStack, unreadableFrame, wildCfa } from './memory.ts';
import { missingFde, noSections } from './missing.ts';

/** Unwind information that is missing, lies or breaks off, and memory that cannot be read. */
export const damageScenarios: readonly Scenario[] = [
  missingFde,
  noSections,
  selfCaller,
  twoFrameCycle,
  unreadableFrame,
  truncatedStack,
  wildCfa,
  shortBuffer,
];
