import {
  type AddressSpace,
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

/** Gets the engine ready for the modules in an address space, which `modules` lists; both may change later. */
export type OpenSession = (space: AddressSpace, modules: readonly Module[]) => UnwindSession;

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
export const general: OpenSession = (space) => session(new Walker(new GeneralCursor(space)));

/** Every row is searched for. */
export const uncached: OpenSession = (space) => session(new Walker(new StackCursor(space)));

/** With a cache that is kept from stop to stop. */
export function cached(slots?: number): OpenSession {
  return (space) => {
    const cache = new RuleCache(space.architecture, slots === undefined ? {} : { slots });
    return { ...session(new Walker(new StackCursor(space, { cache }))), forget: () => cache.clear() };
  };
}

/** With a cache that is empty at every stop. */
export const cold: OpenSession = (space) => {
  const cache = new RuleCache(space.architecture);
  return session(new Walker(new StackCursor(space, { cache })), () => cache.clear());
};

/**
 * With a cache whose entries are stale at every stop: strangers have taken the modules' places, and the stack was walked,
 * before the modules came back.
 */
export const invalidated: OpenSession = (space, modules) => {
  const { architecture } = space;
  const walker = new Walker(new StackCursor(space, { cache: new RuleCache(architecture) }));
  const strangerOf = new Map<Module, Module>();
  const strangers = () =>
    modules.map((module) => {
      const known = strangerOf.get(module) ?? stranger(module);
      strangerOf.set(module, known);
      return known;
    });
  const strange = new FrameBuffer(architecture, 2);
  return {
    unwind(stop, frames) {
      const others = strangers();
      for (const module of others) space.add(module);
      for (const module of modules) space.remove(module);
      strange.start(stop.registers);
      walker.walk(stop.memory, strange, stop.pacMaskLo, stop.pacMaskHi);
      for (const module of modules) space.add(module);
      for (const module of others) space.remove(module);
      walker.walk(stop.memory, frames, stop.pacMaskLo, stop.pacMaskHi);
    },
  };
};

/** Notes where registers are, and loads them all in the end. */
export const located: OpenSession = (space) => {
  const cache = new RuleCache(space.architecture);
  return { ...session(new Walker(new LocationCursor(space, { cache }))), forget: () => cache.clear() };
};
