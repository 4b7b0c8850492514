import {
  AddressSpace,
  type Architecture,
  CfaKind,
  FrameBuffer,
  LocationCursor,
  Module,
  type RowSource,
  RuleCache,
  RuleKind,
  StackCursor,
  Walker,
} from '../../engine/index.ts';
import { GeneralCursor } from './general-cursor.ts';
import type { UnwindSession } from './unwinder.ts';

/** Gets the engine ready for the modules of an image. */
export type OpenSession = (architecture: Architecture, modules: readonly Module[]) => UnwindSession;

/** A module at the addresses of another, whose frames were called by nobody. */
function stranger(module: Module): Module {
  const { name, architecture, startLo, startHi, endLo, endHi } = module;
  const source: RowSource = {
    lookup(pcLo, pcHi, row) {
      row.startLo = pcLo;
      row.startHi = pcHi;
      row.cfaKind = CfaKind.registerOffset;
      row.cfaColumn = architecture.sp;
      row.cfaLo = 0;
      row.cfaHi = 0;
      row.returnColumn = architecture.pc;
      row.ruleCount = 1;
      row.ruleColumn[0] = architecture.pc;
      row.ruleKind[0] = RuleKind.undefined;
      return true;
    },
  };
  const start = (BigInt(startHi) << 32n) | BigInt(startLo);
  const end = (BigInt(endHi) << 32n) | BigInt(endLo);
  return new Module(`not ${name}`, architecture, start, end, source);
}

function session(walker: Walker, prepare?: () => void): UnwindSession {
  return {
    unwind(stop, frames) {
      prepare?.();
      walker.walk(stop.memory, frames, stop.pacMaskLo, stop.pacMaskHi);
    },
  };
}

/** Every row is searched for, and applied register by register: the others must answer as this does. */
export const general: OpenSession = (architecture, modules) =>
  session(new Walker(new GeneralCursor(new AddressSpace(architecture, modules))));

/** Every row is searched for. */
export const uncached: OpenSession = (architecture, modules) => session(new Walker(architecture, modules));

/** With a cache that is kept from stop to stop. */
export function cached(slots?: number): OpenSession {
  return (architecture, modules) => {
    const cache = new RuleCache(architecture, slots === undefined ? {} : { slots });
    return session(new Walker(architecture, modules, { cache }));
  };
}

/** With a cache that is empty at every stop. */
export const cold: OpenSession = (architecture, modules) => {
  const cache = new RuleCache(architecture);
  return session(new Walker(architecture, modules, { cache }), () => cache.clear());
};

/**
 * With a cache whose entries are stale at every stop: strangers have taken the modules' places, and the stack was walked,
 * before the modules came back.
 */
export const invalidated: OpenSession = (architecture, modules) => {
  const space = new AddressSpace(architecture, modules);
  const walker = new Walker(new StackCursor(space, { cache: new RuleCache(architecture) }));
  const strangers = modules.map(stranger);
  const strange = new FrameBuffer(architecture, 2);
  return {
    unwind(stop, frames) {
      for (const module of strangers) space.add(module);
      for (const module of modules) space.remove(module);
      strange.start(stop.registers);
      walker.walk(stop.memory, strange, stop.pacMaskLo, stop.pacMaskHi);
      for (const module of modules) space.add(module);
      for (const module of strangers) space.remove(module);
      walker.walk(stop.memory, frames, stop.pacMaskLo, stop.pacMaskHi);
    },
  };
};

/** Notes where registers are, and loads them all in the end. */
export const located: OpenSession = (architecture, modules) => {
  const cache = new RuleCache(architecture);
  return session(new Walker(new LocationCursor(new AddressSpace(architecture, modules), { cache })));
};
