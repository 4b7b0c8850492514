import type { Scenario } from '../scenario.ts';
import { brokenExpression, brokenInstruction, endlessExpression } from './broken-rows.ts';
import { selfCaller, twoFrameCycle } from './cycles.ts';
import { shortBuffer, truncatedStack, unreadableFrame, wildCfa } from './memory.ts';
import { missingFde, noSections } from './missing.ts';
import { returnAddressNowhere } from './nowhere.ts';
import { misalignedCfa, unknownRegister } from './odd-rows.ts';

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
  returnAddressNowhere,
  misalignedCfa,
  unknownRegister,
  brokenExpression,
  endlessExpression,
  brokenInstruction,
];
