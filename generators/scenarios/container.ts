import {
  type CieOptions,
  cfi,
  DW_EH_PE_absptr,
  DW_EH_PE_datarel,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
  DW_EH_PE_udata4,
  DW_EH_PE_udata8,
} from '../cfi/index.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { ExtraFde, LinkOptions } from '../link/index.ts';
import type { Feature } from '../program.ts';
import type { Random } from '../random.ts';
import { entryName } from './chain.ts';
import { chainScenario } from './chain-scenario.ts';
import type { Scenario } from './scenario.ts';

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly needs: readonly Feature[];
  link?(random: Random, index: number): Partial<LinkOptions>;
  cie(random: Random): CieOptions;
}

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

const kinds: readonly Kind[] = [
  {
    name: 'debug-frame',
    description: 'only .debug_frame, with CIEs of each version in 32- and 64-bit DWARF',
    source: 'DWARF 5, section 6.4.1; real: libunwind #256, java-profiler #786',
    needs: ['callee-saved', 'debug-frame'],
    link: () => ({ unwindSections: ['.debug_frame'] }),
    cie: (random) => ({ version: random.pick([1, 3, 4]), format: random.pick([32, 64]) }),
  },
  {
    name: 'both-sections',
    description: '.eh_frame with its header, and .debug_frame with the same content',
    source: 'DWARF 5, section 6.4.1; LSB, .eh_frame',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: () => ({ unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'] }),
    cie: () => ({}),
  },
  {
    name: 'eh-frame-alone',
    description: '.eh_frame without a header',
    source: 'LSB, .eh_frame',
    needs: ['callee-saved'],
    link: () => ({ unwindSections: ['.eh_frame'] }),
    cie: () => ({}),
  },
  {
    name: 'no-search-table',
    description: '.eh_frame_hdr says that it has no table',
    source: 'LSB, .eh_frame_hdr; real: libunwind #161',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: () => ({ searchTable: false }),
    cie: () => ({}),
  },
  {
    name: 'header-encodings',
    description: 'the table of .eh_frame_hdr in each encoding with entries of one size',
    source: 'LSB, .eh_frame_hdr and DW_EH_PE',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: (_random, index) => ({ tableEncoding: tableEncodings[index % tableEncodings.length]! }),
    cie: () => ({}),
  },
  {
    name: 'zero-range-fde',
    description: 'FDEs that cover nothing start where functions do, before and behind theirs in the table',
    source: 'LSB, .eh_frame_hdr; real: LLVM #218124, mold #1648',
    needs: ['callee-saved', 'eh-frame-hdr'],
    link: (random) => {
      const order = random.pick(['first', 'last'] as const);
      return {
        extraFdes: [emptyFde(entryName, order), emptyFde('function1', order === 'first' ? 'last' : 'first')],
      };
    },
    cie: () => ({}),
  },
  {
    name: 'pointer-encodings',
    description: 'FDE addresses in each encoding that needs no other section',
    source: 'LSB, DW_EH_PE; real: julia #15010, gimli #576',
    needs: ['callee-saved', 'eh-frame-hdr'],
    // pcrel sdata4, pcrel sdata8, pcrel udata8, pcrel absptr
    cie: (random) => ({ pointerEncoding: random.pick([0x1b, 0x1c, 0x14, 0x10]) }),
  },
  {
    name: 'alignment-factors',
    description: 'CIEs of different code and data alignment factors in one section',
    source: 'DWARF 5, section 6.4.1; real: gimli #397, java-profiler #786',
    needs: ['callee-saved', 'eh-frame-hdr'],
    cie: (random) => ({ dataAlignment: random.pick([-8, -4, -2, -1]) }),
  },
];

/** The ways CFI is stored. */
export const containerScenarios: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `container/${kind.name}`,
    description: kind.description,
    source: kind.source,
    needs: kind.needs,
    bits: 0,
    programs: { full: 20, quick: 2 },
    ...(kind.link === undefined ? {} : { link: kind.link }),
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => {
        const own = random.derive(i);
        return { style: ordinaryStyle(own), cie: kind.cie(own) };
      }),
  }),
);
