import {
  AddressSpace,
  type Architecture,
  LocationCursor,
  type Module,
  precompute,
  RuleCache,
  StackCursor,
  Walker,
} from '../../engine/index.ts';
import type { UnwindSession } from './unwinder.ts';

/** Gets the engine ready for the modules of an image. */
export type OpenSession = (architecture: Architecture, modules: readonly Module[]) => UnwindSession;

function session(walker: Walker, prepare?: () => void): UnwindSession {
  return {
    unwind(stop, frames) {
      prepare?.();
      walker.walk(stop.memory, frames, stop.pacMaskLo, stop.pacMaskHi);
    },
  };
}

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

/** With a cache whose entries are stale at every stop: the modules have gone, and come again in turn. */
export const invalidated: OpenSession = (architecture, modules) => {
  const space = new AddressSpace(architecture, modules);
  const walker = new Walker(new StackCursor(space, { cache: new RuleCache(architecture) }));
  return session(walker, () => {
    for (const module of modules) {
      space.remove(module);
      space.add(module);
    }
  });
};

/** From tables of all rows. */
export const precomputed: OpenSession = (architecture, modules) =>
  session(new Walker(architecture, modules.map(precompute)));

/** Notes where registers are, and loads them all in the end. */
export const located: OpenSession = (architecture, modules) => {
  const cache = new RuleCache(architecture);
  return session(new Walker(new LocationCursor(new AddressSpace(architecture, modules), { cache })));
};
