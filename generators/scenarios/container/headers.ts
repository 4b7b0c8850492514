import type { Random } from '../../random.ts';
import type { Container } from './container-scenario.ts';

const needs = ['callee-saved', 'eh-frame-hdr'] as const;
/** Bytes before the table, and of one entry: two distances from the header. */
const tableStart = 12;
const entrySize = 8;

/** A walk may end for want of an entry, but not go astray. */
const lost = { ends: [{ endings: ['no-info', 'invalid'], behind: 'truth' }] } as const satisfies Partial<Container>;

/** Changes a copy of a header. */
function edited(header: Uint8Array, edit: (view: DataView, count: number) => void): Uint8Array {
  const copy = header.slice();
  const view = new DataView(copy.buffer);
  edit(view, view.getUint32(8, true));
  return copy;
}

const entryAt = (place: number) => tableStart + entrySize * place;

/** Puts the entries into another order, which is not the sorted one. */
function shuffled(view: DataView, count: number, random: Random): void {
  const entries = Array.from({ length: count }, (_, i) => view.getBigUint64(entryAt(i), true));
  const order = random.shuffle(entries);
  const isSame = order.every((entry, i) => entry === entries[i]);
  for (const [i, entry] of (isSame ? order.reverse() : order).entries()) view.setBigUint64(entryAt(i), entry, true);
}

/** Headers that are not what they should be. */
export const headerContainers: readonly Container[] = [
  {
    name: 'header-cut',
    description: '.eh_frame_hdr has 0 to 11 bytes: not even its count is whole',
    about:
      'The header breaks off before its table, or there is nothing of it at all, as a linker leaves it that found ' +
      'nothing to put there. The section of FDEs is whole, and found by its own header. Entries have to be found by ' +
      'going through it. Wrong unwinders read the count behind the end of the header.',
    source: 'real: llvm/llvm-project #68815',
    needs,
    programs: { full: 12, quick: 1 },
    link: (_random, index) => ({ editHeader: (header) => header.subarray(0, index % tableStart) }),
  },
  {
    name: 'header-truncated',
    description: 'the table of .eh_frame_hdr breaks off: it has fewer bytes than entries need',
    about:
      'The header says how many entries its table has, but the section ends before them, now and then in the middle of ' +
      'one. Such a table is no table: FDEs have to be found by going through their section, or the walk ends. Wrong ' +
      'unwinders search beyond the end of the section, where other bytes look like addresses.',
    source: 'LSB, .eh_frame_hdr; real: llvm/llvm-project #68815',
    needs,
    ...lost,
    link: (random) => ({
      editHeader: (header) => header.subarray(0, header.length - random.between(1, entrySize + 4)),
    }),
  },
  {
    name: 'header-version',
    description: '.eh_frame_hdr has a version nobody knows, up to 255',
    about:
      'The version of the header is not 1: version 2 exists for compact tables of other machines, and others mean ' +
      'nothing yet. What follows must not be read as a table of version 1, though here it is one that leads astray. ' +
      'FDEs have to be found by going through .eh_frame. Wrong unwinders do not look at the version.',
    source: 'LSB, .eh_frame_hdr',
    needs,
    link: (random) => ({
      editHeader: (header) =>
        edited(header, (view, count) => {
          view.setUint8(0, random.pick([0, 2, 3, 0x7f, 0x80, 0xff]));
          for (let i = 0; i < count; i++) view.setInt32(entryAt(i), view.getInt32(entryAt(i), true) - 0x10000, true);
        }),
    }),
  },
  {
    name: 'header-unsorted',
    description: 'the entries of the table of .eh_frame_hdr are not sorted',
    about:
      'The entries of the table are in no order, so that a search by halves finds one or another, or none. Whatever it ' +
      'finds, the FDE behind the entry says which addresses it covers: a walk may end for want of an FDE, but no frame ' +
      'may be wrong. Wrong unwinders use the FDE of another function without looking at its range.',
    source: 'LSB, .eh_frame_hdr: the table is sorted by address',
    needs,
    ...lost,
    link: (random) => ({ editHeader: (header) => edited(header, (view, count) => shuffled(view, count, random)) }),
  },
  {
    name: 'header-lying',
    description: 'entries of the table of .eh_frame_hdr lead to the FDE of another function, or to none',
    about:
      'Entries of the table point to the FDE of another function, to a CIE, into the middle of an entry or behind the ' +
      'section. A walk may end where that is noticed, but no frame may be wrong. Wrong unwinders take the FDE as ' +
      'covering the address because the table says so, or read behind the section.',
    source: 'LSB, .eh_frame_hdr; real: open-telemetry/opentelemetry-ebpf-profiler, tables of stripped files',
    needs,
    ...lost,
    link: (random) => ({
      editHeader: (header) =>
        edited(header, (view, count) => {
          const first = view.getInt32(entryAt(0) + 4, true);
          for (let i = 0; i < count; i++) {
            const other = view.getInt32(entryAt((i + 1) % count) + 4, true);
            const liar = random.pick([other, other, first - 24, first + 4, first + 0x10_0000, -first]);
            if (random.chance(0.6)) view.setInt32(entryAt(i) + 4, i + 1 === count ? first : liar, true);
          }
        }),
    }),
  },
  {
    name: 'header-count',
    description: 'the table of .eh_frame_hdr has another number of entries than it says',
    about:
      'The count of the header is too small, so that the last functions are in no entry, or too large, up to 2^32 - 1, ' +
      'so that the table would reach beyond its section. A walk may end for want of an entry, but no frame may be ' +
      'wrong. Wrong unwinders take the last entry for all that follows, or multiply the count in 32 bits.',
    source: 'LSB, .eh_frame_hdr',
    needs,
    ...lost,
    link: (random) => ({
      editHeader: (header) =>
        edited(header, (view, count) => {
          const wrong = [0, 1, count - 1, count + 1, count + 1000, 0x2000_0000, 0x7fff_ffff, 0xffff_ffff];
          view.setUint32(8, random.pick(wrong), true);
        }),
    }),
  },
];
