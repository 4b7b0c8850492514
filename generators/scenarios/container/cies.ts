import { cfi } from '../../cfi/index.ts';
import type { Link } from '../chain.ts';
import { ordinary } from '../chain.ts';
import type { Container } from './container-scenario.ts';

const eh = ['callee-saved', 'eh-frame-hdr'] as const;

/** An ordinary function in the middle of which something is put between two of its instructions. */
export function interrupted(link: Link, label: string, ...raw: readonly number[]): Link {
  return {
    ...link,
    write(writer, next, own, name) {
      writer.prologue();
      writer.overwrite();
      writer.work(own.between(1, 2));
      writer.label(`${name}.${label}`);
      writer.items.push({ cfi: cfi.raw(...raw) });
      writer.work(own.between(1, 3));
      if (next !== undefined) writer.call(next);
      writer.work(own.between(1, 3));
      writer.epilogue();
      writer.ret();
    },
  };
}

/** A ULEB128 number with two bytes more than it needs. */
function redundant(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest | 0x80, 0x80, 0x00];
}

/** What is in CIEs, and what instructions are made of. */
export const cieContainers: readonly Container[] = [
  {
    name: 'cie-versions',
    description: 'CIEs of versions 1, 3 and 4 in .eh_frame',
    about:
      'The CIEs of .eh_frame have versions 1, 3 and 4, though the first is what tools write: the return address column ' +
      'is a byte in the first and a ULEB128 number in the others, and version 4 adds the sizes of addresses and segment ' +
      'selectors. Wrong unwinders refuse all but the first, or read the factors of version 4 two bytes early.',
    source: 'LSB, .eh_frame; DWARF 5, section 6.4.1; real: libunwind #256',
    needs: eh,
    cie: (_random, index) => ({ version: ([1, 3, 4] as const)[index % 3]! }),
  },
  {
    name: 'dwarf64',
    description: '64-bit DWARF among entries of 32-bit DWARF, in .eh_frame and .debug_frame',
    about:
      'Entries begin with the escape of 64-bit DWARF and a length of 8 bytes, mixed with ordinary ones. The CIE pointer ' +
      'then has 8 bytes in .debug_frame and 4 in .eh_frame. Wrong unwinders take the escape for a length and stop ' +
      'there, or read the pointer in the width of the other section.',
    source: 'DWARF 5, section 7.4; LSB, .eh_frame',
    needs: [...eh, 'dwarf64'],
    link: () => ({ unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'] }),
    cie: (random) => ({ format: random.pick([32, 64]) }),
  },
  {
    name: 'no-augmentation',
    description: 'an empty augmentation string in .eh_frame: absolute addresses, no data in FDEs',
    about:
      'The augmentation string is empty, so that addresses in FDEs are absolute and no augmentation data stands before ' +
      'the instructions. Others of the section have the usual string. Wrong unwinders assume relative addresses, or ' +
      'skip the length of data that is not there.',
    source: 'LSB, .eh_frame; real: java-profiler #430, Haiku debugger',
    needs: eh,
    fixed: true,
    cie: (random) => (random.chance(0.7) ? { augmentation: 'bare' } : {}),
  },
  {
    name: 'eh-augmentation',
    description: 'CIEs with the ancient augmentation "eh", which has a pointer behind the string',
    about:
      'The augmentation string is "eh", as GCC 2 wrote it: a pointer of the size of an address follows the string, and ' +
      'there is no augmentation data. Wrong unwinders read the factors out of the pointer, or refuse the string.',
    source: 'LSB, .eh_frame, augmentation string "eh"; GCC 2.95',
    needs: eh,
    fixed: true,
    cie: (random) => (random.chance(0.7) ? { augmentation: 'eh' } : {}),
  },
  {
    name: 'unknown-letter',
    description: 'an unknown letter behind the known ones, with data of its own in CIE and FDE',
    about:
      'Behind the letters everybody knows stands one that nobody does, with data of its own in the CIE and in FDEs. As ' +
      'the string begins with z, the lengths of the data tell where the instructions begin. Wrong unwinders refuse the ' +
      'CIE, or read the unknown data as instructions.',
    source: 'LSB, .eh_frame, augmentation z',
    needs: eh,
    cie: (random) => ({
      unknown: {
        letter: random.pick(['X', 'Q', '9', 'z']),
        data: Array.from({ length: random.between(0, 5) }, () => random.below(0x100)),
        fdeData: Array.from({ length: random.between(0, 5) }, () => random.below(0x100)),
      },
    }),
  },
  {
    name: 'unknown-augmentation',
    description: 'a CIE with an unknown letter and no z: its functions are lost, and nothing else is',
    about:
      'Some CIEs have an unknown letter and no length of what belongs to it, so that neither the factors nor the ' +
      'instructions behind can be found. Walks end in the functions of such a CIE; those of the others are not ' +
      'affected. Wrong unwinders read on as if nothing stood between, or give up the whole section.',
    source: 'LSB, .eh_frame, augmentation string',
    needs: eh,
    change: (link, random, _architecture, place) =>
      place > 0 && random.chance(0.5)
        ? { ...link, cie: { augmentation: 'opaque' }, ends: [{ endings: ['no-info', 'unsupported', 'invalid'] }] }
        : link,
  },
  {
    name: 'unknown-opcode',
    description: 'an unknown DW_CFA opcode in the middle of a function: its rows from there on are lost',
    about:
      'In the middle of a function stands a DW_CFA opcode that is unknown here, the number of operands of which is ' +
      'unknown, too. The rows before it are right, those behind it are lost, and no other function is affected. Wrong ' +
      'unwinders panic, skip one byte and go on with what follows, or give up the section.',
    source: 'DWARF 5, section 7.24; real: parca-agent #2181 and #2459',
    needs: eh,
    change: (link, random, _architecture, place) =>
      place > 0 && random.chance(0.5)
        ? {
            ...interrupted(link, 'unknown', random.pick([0x17, 0x1c, 0x26, 0x3b, 0x3f])),
            ends: [{ from: 'unknown', endings: ['unsupported', 'no-info', 'invalid'] }],
          }
        : link,
  },
  {
    name: 'redundant-leb',
    description: 'operands are LEB128 numbers with more bytes than they need',
    about:
      'Offsets and registers are LEB128 numbers with two bytes more than they need, as assemblers write them that leave ' +
      'room for relaxation. They mean the same. Wrong unwinders stop at a fixed number of bytes, or shift the padding ' +
      'into the value.',
    source: 'DWARF 5, section 7.6',
    needs: eh,
    change: (link) => ({
      ...link,
      write(writer, next, own) {
        ordinary(writer, next, own);
        for (const [i, item] of writer.items.entries()) {
          if (!('cfi' in item)) continue;
          const directive = item.cfi;
          if (directive.kind === 'defCfaOffset') {
            writer.items[i] = { cfi: cfi.raw(0x0e, ...redundant(directive.offset)) };
          } else if (directive.kind === 'offset') {
            const slot = redundant(-directive.offset / 8);
            writer.items[i] = { cfi: cfi.raw(0x05, ...redundant(directive.register), ...slot) };
          }
        }
      },
    }),
  },
];
