import { cfi } from '../../cfi/index.ts';
import type { ExtraFde } from '../../link/index.ts';
import type { Random } from '../../random.ts';
import { entryName } from '../chain.ts';
import type { Container } from './container-scenario.ts';

const eh = ['callee-saved', 'eh-frame-hdr'] as const;

/** What an unwinder may find where no entry is any more: something like a CIE with an FDE that covers everything. */
function garbage(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: 256 }, () => random.below(0x100));
  bytes.set([0x14, 0, 0, 0, 0, 0, 0, 0, 1, 0x7a, 0x52, 0, 1, 0x78, 0x10, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0]);
  bytes.set([0x14, 0, 0, 0, 0x1c, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0x0e, 0x60, 0, 0, 0, 0, 0], 24);
  return bytes;
}

/** An FDE that is no longer valid: it covers the function's start and more, and its CFA is wrong. */
const stale = (label: string): ExtraFde => ({
  label,
  size: 0x800,
  directives: [{ offset: 0, directive: cfi.defCfaOffset(0x8000) }],
  order: 'stale',
});

/** The third function has no FDE: whoever reads what is not there finds one for it. */
const withGap: NonNullable<Container['change']> = (link, _random, _architecture, place) =>
  place === 2 ? { ...link, uncovered: true, ends: [{ endings: ['no-info'] }] } : link;

/** Entries that are none: no CIE there, a CIE that is none, a version of its own, too short for anything. */
const strays: readonly Uint8Array[] = [
  Uint8Array.of(0xf0, 0xff, 0xff, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8),
  Uint8Array.of(0x05, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0),
  Uint8Array.of(0, 0, 0, 0, 9, 0x7a, 0x52, 0, 1, 0x78, 0x10, 1),
  Uint8Array.of(0, 0, 0, 0, 1, 0x7a, 0x52),
  Uint8Array.of(0xff, 0xff),
  Uint8Array.of(0, 0, 0, 0, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80),
];

/** Where entries stand. */
export const layoutContainers: readonly Container[] = [
  {
    name: 'private-cies',
    description: 'every FDE has a CIE of its own',
    about:
      'No two FDEs share a CIE, as where no linker has merged them. Each is to be read with its own. Wrong unwinders ' +
      'keep the last CIE they saw, or have room for a few.',
    source: 'LSB, .eh_frame; real: object files linked with -r',
    needs: eh,
    link: () => ({ ehFrame: { privateCies: true } }),
    cie: (random) => ({ dataAlignment: random.pick([-8, -4]) }),
  },
  {
    name: 'descending-fdes',
    description: 'FDEs stand in the section in descending order of their addresses',
    about:
      'The FDEs of the section are in the opposite order of their functions. Nothing says that they are sorted: only ' +
      'the table of the header is. Wrong unwinders stop scanning at the first FDE beyond the PC.',
    source: 'LSB, .eh_frame',
    needs: eh,
    link: (random) => ({
      ehFrame: { descending: true },
      unwindSections: random.chance(0.5) ? ['.eh_frame'] : ['.eh_frame', '.eh_frame_hdr'],
    }),
  },
  {
    name: 'unaligned-entries',
    description: 'entries end at any byte, so that relative pointers stand at odd addresses',
    about:
      'Entries are not padded to 8 bytes but to 4, 2 or none, so that the fields with relative addresses stand at odd ' +
      'offsets. The base of such an address is the field itself. Wrong unwinders round entries up, or count from the ' +
      'start of the entry.',
    source: 'LSB, DW_EH_PE_pcrel; real: gimli #576',
    needs: eh,
    link: (random) => ({ ehFrame: { alignment: random.pick([1, 2, 4]) } }),
    cie: (random) => ({ unknown: { letter: 'X', data: Array.from({ length: random.below(4) }, () => 0x55) } }),
  },
  {
    name: 'no-terminator',
    description: '.eh_frame has no terminator, and what lies behind it looks like entries',
    about:
      'The section ends with its last FDE, without the zero length that ends it by convention; right behind it lies ' +
      'another section that looks like a CIE with an FDE. The size of the section says where it ends. Wrong unwinders ' +
      'run on, and take what they find there.',
    source: 'LSB, .eh_frame; real: rust-lang/rust #47551',
    needs: ['callee-saved'],
    link: (random) => ({
      unwindSections: random.chance(0.5) ? ['.eh_frame'] : ['.eh_frame', '.eh_frame_hdr'],
      ehFrame: { terminator: false, alignment: 8 },
      behindEhFrame: garbage(random),
    }),
    change: withGap,
  },
  {
    name: 'terminator-in-the-middle',
    description: 'a zero length stands before the end of .eh_frame; the FDEs behind it are stale',
    about:
      'The section has a terminator, and behind it more FDEs, stale ones, whose ranges overlap real functions and whose ' +
      'rules are wrong; the table of the header does not know them. Everything behind the terminator counts as not ' +
      'there. Wrong unwinders take the zero length for an entry of no bytes and go on.',
    source: 'LSB, .eh_frame: a zero length ends it; real: llvm/llvm-project #76957',
    needs: ['callee-saved'],
    link: (random) => ({
      unwindSections: random.chance(0.6) ? ['.eh_frame'] : ['.eh_frame', '.eh_frame_hdr'],
      extraFdes: [stale('function1'), stale(entryName)],
    }),
    change: withGap,
  },
  {
    name: 'padding',
    description: 'entries full of DW_CFA_nop, and zero words between those of .debug_frame',
    about:
      'Entries have many more bytes of DW_CFA_nop than alignment needs, and between the entries of .debug_frame lie zero ' +
      'words, which are no terminators there. Wrong unwinders stop at the first zero, or count nops as rows.',
    source: 'DWARF 5, sections 6.4.1 and 6.4.2.4',
    needs: ['callee-saved', 'debug-frame'],
    link: (random) => ({
      unwindSections: random.chance(0.5) ? ['.debug_frame'] : ['.eh_frame', '.debug_frame'],
      ehFrame: { extraNops: random.between(9, 200) },
      debugFrame: { extraNops: random.between(9, 200), zeroWords: 2 * random.between(1, 3) },
    }),
  },
  {
    name: 'cie-behind-fde',
    description: 'in .debug_frame every CIE stands behind the FDEs that use it',
    about:
      'The CIEs of .debug_frame stand behind all FDEs: a pointer to a CIE is an offset in the section and may lead ' +
      'forward. Wrong unwinders collect CIEs while they scan, and do not know the one that comes later.',
    source: 'DWARF 5, section 6.4.1, CIE_pointer',
    needs: ['callee-saved', 'debug-frame'],
    link: () => ({ unwindSections: ['.debug_frame'], debugFrame: { ciesLast: true } }),
    cie: (random) => ({ version: random.pick([1, 3, 4]), dataAlignment: random.pick([-8, -4]) }),
  },
  {
    name: 'split-coverage',
    description: '.debug_frame has all functions, .eh_frame every other one',
    about:
      'Every function is in .debug_frame, but only every other one in .eh_frame, as where some files were compiled ' +
      'without unwind tables. What one section lacks the other has. Wrong unwinders look into the second only where the ' +
      'first is not there at all.',
    source: 'DWARF 5, section 6.4.1; real: programs built with -fno-asynchronous-unwind-tables -g',
    needs: ['callee-saved', 'debug-frame'],
    link: (random) => {
      const rest = random.below(2);
      return { unwindSections: ['.eh_frame', '.debug_frame'], inEhFrame: (index) => index % 2 === rest };
    },
  },
  {
    name: 'stray-entries',
    description: 'between the entries of .eh_frame stand broken ones, whose lengths are right',
    about:
      'Between good entries stand some that are none: with a pointer to no CIE, of an unknown version, too short for ' +
      'their fields, with numbers that do not end. Their lengths tell where the next entry begins. Good functions are ' +
      'not affected. Wrong unwinders crash on the first of them, or give up the rest of the section.',
    source: 'LSB, .eh_frame; real: kubkon/zig-dwarfdump #5',
    needs: ['callee-saved'],
    link: (random) => ({
      unwindSections: random.chance(0.6) ? ['.eh_frame'] : ['.eh_frame', '.eh_frame_hdr'],
      ehFrame: { strays: random.shuffle(strays) },
    }),
  },
];
