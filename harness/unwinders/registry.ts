import { compactEncodings, dwarfEncoding, precompute } from '../../engine/index.ts';
import { encodedUnwinder } from './encoded.ts';
import { type EngineMode, engineUnwinder } from './engine.ts';
import { cached, cold, general, invalidated, located, uncached } from './sessions.ts';
import type { Unwinder } from './unwinder.ts';

const warm: EngineMode = {
  name: 'dwarf-warm',
  description: 'as dwarf, with a rule cache that is kept from stop to stop',
  lookup: 'header',
  session: cached(),
};

/** The ways to find call frame information, and the cache: what compiled files are tested with. */
export const basicUnwinders: readonly Unwinder[] = [
  engineUnwinder({
    name: 'dwarf',
    description: 'the engine; FDEs found through the table of .eh_frame_hdr',
    lookup: 'header',
  }),
  engineUnwinder({
    name: 'dwarf-list',
    description: 'the engine; FDEs of .eh_frame and .debug_frame found through a sorted list made by a scan',
    lookup: 'list',
  }),
  engineUnwinder({
    name: 'dwarf-debug-frame',
    description: 'the engine; only .debug_frame, where a program has it',
    lookup: 'list',
    section: '.debug_frame',
  }),
  engineUnwinder(warm),
];

/**
 * What is tested unless other unwinders are asked for, in the order of the summary table: every mode of the engine and
 * every encoding, which must answer alike.
 */
export const unwinders: readonly Unwinder[] = [
  ...basicUnwinders,
  engineUnwinder({
    ...warm,
    name: 'dwarf-general',
    description: 'as dwarf, rows applied register by register, without any short way',
    session: general,
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-cold',
    description: 'as dwarf-warm, the cache emptied at every stop',
    session: cold,
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-colliding',
    description: 'as dwarf-warm, all PCs in four slots',
    session: cached(4),
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-one-slot',
    description: 'as dwarf-warm, all PCs in one slot',
    session: cached(1),
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-invalidated',
    description: 'as dwarf-warm, but at every stop the modules have come back after others in their places',
    session: invalidated,
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-precomputed',
    description: 'the engine; rows from a table made of the whole section at once',
    replace: precompute,
    session: uncached,
  }),
  engineUnwinder({
    ...warm,
    name: 'dwarf-locations',
    description: 'as dwarf-warm, only where registers are saved is noted; then all are loaded',
    session: located,
  }),
  encodedUnwinder(dwarfEncoding, 'dwarf-rewritten'),
  ...compactEncodings.map((encoding) => encodedUnwinder(encoding)),
];
