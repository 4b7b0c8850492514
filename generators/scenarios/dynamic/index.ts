import type { Scenario } from '../scenario.ts';
import { allocaConstant, allocaLoop, allocaSize } from './alloca.ts';
import { cfaRegister, cfaRegisterExpression } from './cfa-register.ts';
import { contextSwitch } from './context-switch.ts';
import { coroutines } from './coroutine.ts';
import { probeLoop } from './probe-loop.ts';
import { realignDrap, realignDrapEpilogue, realignFramePointer } from './realign.ts';
import { scalableVectorRows } from './scalable-vector-rows.ts';
import { variableArray } from './variable-array.ts';

/** Frames whose size only execution knows, and CFAs that are not based on SP or the frame pointer. */
export const dynamicScenarios: readonly Scenario[] = [
  allocaConstant,
  allocaSize,
  allocaLoop,
  variableArray,
  probeLoop,
  realignDrap,
  realignDrapEpilogue,
  realignFramePointer,
  cfaRegister,
  cfaRegisterExpression,
  coroutines,
  contextSwitch,
  scalableVectorRows,
];
