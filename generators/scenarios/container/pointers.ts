import type { Item } from '../../assembly/index.ts';
import {
  cfi,
  DW_EH_PE_absptr,
  DW_EH_PE_aligned,
  DW_EH_PE_datarel,
  DW_EH_PE_funcrel,
  DW_EH_PE_indirect,
  DW_EH_PE_pcrel,
  DW_EH_PE_sdata2,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
  DW_EH_PE_signed,
  DW_EH_PE_sleb128,
  DW_EH_PE_textrel,
  DW_EH_PE_udata2,
  DW_EH_PE_udata4,
  DW_EH_PE_udata8,
  DW_EH_PE_uleb128,
} from '../../cfi/index.ts';
import { entryName, type Link, ordinary } from '../chain.ts';
import type { Container } from './container-scenario.ts';

const eh = ['callee-saved', 'eh-frame-hdr'] as const;
const relative = [...eh, 'section-relative-pointers'] as const;

/** Formats that can hold a negative distance, or wrap around. */
const signedFormats = [
  DW_EH_PE_absptr,
  DW_EH_PE_udata8,
  DW_EH_PE_signed,
  DW_EH_PE_sleb128,
  DW_EH_PE_sdata2,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
];
const unsignedFormats = [DW_EH_PE_absptr, DW_EH_PE_uleb128, DW_EH_PE_udata4, DW_EH_PE_udata8, DW_EH_PE_signed];

/**
 * Every format with every base it can count from; the text lies below everything else, all close together. Programs go
 * through them five at a time: their number is not a multiple of five.
 */
export const addressEncodings: readonly number[] = [
  ...unsignedFormats,
  DW_EH_PE_sleb128,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
  DW_EH_PE_aligned,
  ...signedFormats.flatMap((format) => [DW_EH_PE_pcrel | format, DW_EH_PE_datarel | format]),
  ...[DW_EH_PE_udata2, ...unsignedFormats, ...signedFormats].map((format) => DW_EH_PE_textrel | format),
];

/** Those of pointers to handlers and their data. */
const handlerEncodings: readonly number[] = [
  ...addressEncodings,
  DW_EH_PE_pcrel | DW_EH_PE_sdata4 | DW_EH_PE_indirect,
  DW_EH_PE_indirect,
  DW_EH_PE_indirect | DW_EH_PE_udata4,
  DW_EH_PE_datarel | DW_EH_PE_sdata4 | DW_EH_PE_indirect,
  DW_EH_PE_textrel | DW_EH_PE_sdata4 | DW_EH_PE_indirect,
];

const areaLabel = 'lsda';

/** A distance of 0 means null: the function at the start of the text cannot be given by its distance from there. */
const apartFromBase = (link: Link, place: number): Link =>
  place === 0 ? { ...link, cie: { pointerEncoding: DW_EH_PE_pcrel | DW_EH_PE_sdata4 } } : link;

/** How addresses are written. */
export const pointerContainers: readonly Container[] = [
  {
    name: 'fde-addresses',
    description: 'addresses of FDEs in each format with each base, aligned ones among them',
    about:
      'The addresses of FDEs are written in every format – 2, 4 and 8 bytes, signed or not, LEB128 – and count from 0, ' +
      'from themselves, from the text, from the global offset table; or they are aligned. The length has the same ' +
      'format, is never negative and counts from nothing. Wrong unwinders test bits of the base instead of comparing ' +
      'it, extend the sign of a length, or count from the entry instead of the field.',
    source: 'LSB, DW_EH_PE; real: julia #15010, gimli #576',
    needs: relative,
    fixed: true,
    programs: { full: 36, quick: 2 },
    cie: (_random, index) => ({ pointerEncoding: addressEncodings[(5 * index) % addressEncodings.length]! }),
    change: (link, _random, _architecture, place) => apartFromBase(link, place),
  },
  {
    name: 'set-loc-encodings',
    description: 'DW_CFA_set_loc everywhere, in each format with each base',
    about:
      'Every change of the location is a DW_CFA_set_loc, whose operand is encoded as the addresses of the FDE are. It ' +
      'stands in the middle of the instructions, so that relative and aligned ones depend on where. Wrong unwinders ' +
      'read 8 bytes and take them for an address.',
    source: 'DWARF 5, section 6.4.2.1; LSB, DW_EH_PE; real: gimli #403',
    needs: relative,
    fixed: true,
    programs: { full: 30, quick: 2 },
    cie: (_random, index) => ({ pointerEncoding: addressEncodings[(7 * index) % addressEncodings.length]! }),
    change: (link, _random, _architecture, place) => ({
      ...apartFromBase(link, place),
      write(writer, next, own) {
        ordinary(writer, next, own);
        const items = writer.items.flatMap((item): Item[] => ('cfi' in item ? [{ cfi: cfi.setLoc() }, item] : [item]));
        writer.items.splice(0, writer.items.length, ...items);
      },
    }),
  },
  {
    name: 'handlers',
    description: 'personality routines and LSDAs in each encoding, null and indirect ones too',
    about:
      'CIEs name personality routines and FDEs their language-specific data, in every format with every base, directly ' +
      'and indirectly; the data of some functions is null. Unwinding does not need them, but has to get past them to ' +
      'the encoding of addresses and to the instructions. Wrong unwinders refuse an indirect routine, add the base to ' +
      'a null pointer, or lose their place behind an aligned one.',
    source: 'LSB, .eh_frame; real: delve #3032, LLVM BOLT #196777, wasmer #6285',
    needs: relative,
    fixed: true,
    programs: { full: 30, quick: 2 },
    link: () => ({ data: [{ label: areaLabel, bytes: Uint8Array.of(0xff, 0xff, 0x01, 0x00) }] }),
    cie: (random, index) => ({
      personality: { encoding: handlerEncodings[(5 * index) % handlerEncodings.length]!, label: entryName },
      lsdaEncoding: random.chance(0.2)
        ? DW_EH_PE_funcrel | random.pick(signedFormats)
        : handlerEncodings[(7 * index) % handlerEncodings.length]!,
    }),
    change: (link, random) => (random.chance(0.6) ? { ...link, lsda: areaLabel } : link),
  },
];
