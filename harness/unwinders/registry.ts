import { engineUnwinder } from './engine.ts';
import type { Unwinder } from './unwinder.ts';

/** Every unwinder that can be tested, in the order of the summary table. */
export const unwinders: readonly Unwinder[] = [
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
];
