import {
  cfi,
  DW_EH_PE_absptr,
  DW_EH_PE_datarel,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
  DW_EH_PE_udata4,
  DW_EH_PE_udata8,
} from '../../cfi/index.ts';
import type { ExtraFde } from '../../link/index.ts';
import { entryName } from '../chain.ts';
import type { Container } from './container-scenario.ts';

/** Distances of .eh_frame_hdr, in all forms that can be negative or wrap, and addresses, which are low in the file. */
const tableEncodings: readonly number[] = [
  ...[DW_EH_PE_absptr, DW_EH_PE_udata8, DW_EH_PE_sdata8].flatMap((form) => [form, DW_EH_PE_datarel | form]),
  DW_EH_PE_udata4,
  DW_EH_PE_sdata4,
];

/** An FDE without addresses; whoever uses it all the same gets a CFA no function has. */
const emptyFde = (label: string, order: ExtraFde['order']): ExtraFde => ({
  label,
  size: 0,
  directives: [{ offset: 0, directive: cfi.defCfaOffset(0x8000) }],
  order,
});

/** Which sections there are, and the forms of what is in them. */
export const sectionContainers: readonly Container[] = [
  {
    name: 'debug-frame',
    description: 'only .debug_frame, with CIEs of each version in 32- and 64-bit DWARF',
    about:
      'The only unwind information is .debug_frame, with CIEs of versions 1, 3 and 4 in 32- and 64-bit DWARF. ' +
      'Version 4 says how wide addresses and segment selectors are before the factors; CIE pointers count from ' +
      'the start of the section. Wrong unwinders read the factors of version 4 two bytes early, or take an ' +
      'entry for a CIE by the id of the other section.',
    source: 'DWARF 5, section 6.4.1; real: libunwind #256, java-profiler #786',
    needs: ['callee-saved', 'debug-frame'],
    link: () => ({ unwindSections: ['.debug_frame'] }),
    cie: (random) => ({ version: random.pick([1, 3, 4]), format: random.pick([32, 64]) }),
  },
  {
    name: 'both-sections',
    description: '.eh_frame with its header, and .debug_frame with the same content',
    about:
      'The same functions are described in .eh_frame and in .debug_frame. Whichever is read, the answer is one, ' +
      'and which comes first is up to the unwinder. Wrong unwinders mix the two, looking up a CIE of one at an ' +
      'offset of the other.',
    source: 'DWARF 5, section 6.4.1; LSB, .eh_frame',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: () => ({ unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'] }),
  },
  {
    name: 'eh-frame-alone',
    description: '.eh_frame without a header',
    about:
      'There is .eh_frame, but no .eh_frame_hdr, as in static programs linked without it: entries have to be ' +
      'found by going through the section once. Wrong unwinders find nothing, or look for the header at address ' +
      '0.',
    source: 'LSB, .eh_frame',
    needs: ['callee-saved'],
    link: () => ({ unwindSections: ['.eh_frame'] }),
  },
  {
    name: 'no-search-table',
    description: '.eh_frame_hdr says that it has no table',
    about:
      'The header is there and points to .eh_frame, but says that it has no table and no count. Entries have to ' +
      'be found by going through the section. Wrong unwinders abort on the omitted encoding, or search a table ' +
      'of garbage.',
    source: 'LSB, .eh_frame_hdr; real: libunwind #161',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: () => ({ searchTable: false }),
  },
  {
    name: 'header-encodings',
    description: 'the table of .eh_frame_hdr in each encoding with entries of one size',
    about:
      'The table of .eh_frame_hdr is written in every encoding that has entries of one size: absolute or ' +
      'relative to the header, 4 or 8 bytes, signed or not. Wrong unwinders assume pairs of 4 bytes, whatever ' +
      'the header says.',
    source: 'LSB, .eh_frame_hdr and DW_EH_PE',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: (_random, index) => ({ tableEncoding: tableEncodings[index % tableEncodings.length]! }),
  },
  {
    name: 'zero-range-fde',
    description: 'FDEs that cover nothing start where functions do, before and behind theirs in the table',
    about:
      'FDEs that cover no address begin where functions do, in front of the real ones in the section and the ' +
      'table, or behind them. They cover nothing and must not hide what does. Wrong unwinders take the first ' +
      'entry with the address, find that it does not cover the PC, and give up.',
    source: 'LSB, .eh_frame_hdr; real: LLVM #218124, mold #1648',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: (random) => {
      const order = random.pick(['first', 'last'] as const);
      return {
        extraFdes: [emptyFde(entryName, order), emptyFde('function1', order === 'first' ? 'last' : 'first')],
      };
    },
  },
  {
    name: 'pointer-encodings',
    description: 'FDE addresses in each encoding that needs no other section',
    about:
      'The addresses in FDEs are relative to their own place, as 4 or 8 bytes, signed or not. The length of a ' +
      'function has the format of its address, but no base. Wrong unwinders know one encoding, or count from ' +
      'the start of the entry.',
    source: 'LSB, DW_EH_PE; real: julia #15010, gimli #576',
    needs: ['callee-saved', 'eh-frame-hdr'],
    // pcrel sdata4, pcrel sdata8, pcrel udata8, pcrel absptr
    cie: (random) => ({ pointerEncoding: random.pick([0x1b, 0x1c, 0x14, 0x10]) }),
  },
  {
    name: 'alignment-factors',
    description: 'CIEs of different code and data alignment factors in one section',
    about:
      'The CIEs of one section have different data alignment factors, so that the same byte means another slot ' +
      'in each. Wrong unwinders keep the factors of the first CIE for all FDEs, or divide where they should ' +
      'multiply.',
    source: 'DWARF 5, section 6.4.1; real: gimli #397, java-profiler #786',
    needs: ['callee-saved', 'eh-frame-hdr'],
    cie: (random) => ({ dataAlignment: random.pick([-8, -4, -2, -1]) }),
  },
];
