import { cfi, dwarf, expression } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { WalkEnding } from '../../program.ts';
import { selectorRuns } from '../build-program.ts';
import { entryName } from '../chain.ts';
import { damageScenario } from './damage-scenario.ts';
import { inLie, lyingLink } from './lying-row.ts';

const unreadable: readonly WalkEnding[] = ['unreadable', 'no-info', 'invalid'];

/** A hole in the stack. */
export const unreadableFrame = damageScenario({
  name: 'unreadable-frame',
  description: 'the part of the stack that belongs to one calling frame cannot be read',
  about:
    'While one function of the chain calls, nobody can read its part of the stack, as in a core file that lacks a page ' +
    'or in a snapshot of the top of a stack. The memory beyond the hole can be read again, but nothing leads there. ' +
    'The frames up to the hole must be right and the walk must end with the frame whose caller is lost. Wrong ' +
    'unwinders read zeros there, or keep registers of the frame before.',
  source: 'real: truncated core files; a profiler that copies part of a stack',
  victims: (random) => [{ style: ordinaryStyle(random), ends: [{ endings: unreadable, hides: 'frame' }] }],
});

/** The stack is cut off. */
export const truncatedStack = damageScenario({
  name: 'truncated-stack',
  description: 'from one calling frame outwards the stack cannot be read',
  about:
    'From one calling function outwards nothing of the stack can be read, as where a profiler copies only the innermost ' +
    'kilobytes. All frames that lie in what was copied must be right, the one at the cut among them, and the walk must ' +
    'end there. Wrong unwinders drop the last frame that can be known, or read on behind the copy.',
  source: 'real: perf record --call-graph dwarf, which copies at most 64 KiB',
  victims: (random) => [{ style: ordinaryStyle(random), ends: [{ endings: unreadable, hides: 'rest' }] }],
});

/** Values of a CFA that is nowhere. */
const wild: readonly bigint[] = [
  0n,
  8n,
  0x7fff_ffff_ffff_fff8n,
  0x8000_0000_0000_0000n,
  0x0000_8000_0000_0000n,
  0xffff_7fff_ffff_fff8n,
  0xffff_ffff_ffff_fff8n,
  0xffff_ffff_ffff_ffffn,
  0xdead_beef_dead_beefn,
];

/** The CFA leads to no memory. */
export const wildCfa = damageScenario({
  name: 'wild-cfa',
  description: 'at a call the CFA is 0, not canonical, or at the end of the address space',
  about:
    'At the call of one function the CFI computes a CFA at which there is no memory: 0, the last bytes of the address ' +
    'space, an address that is not canonical. Slots counted from it wrap around. The walk must end with this frame, ' +
    'for nothing can be read there. Wrong unwinders crash on the address, add offsets in 32 bits, or take a failed ' +
    'read for zero and report address 0 as a caller.',
  source: 'DWARF 5, section 6.4.3; real: unwinders of crashed programs',
  needs: ['expressions'],
  victims: (random, architecture) => [
    lyingLink(random, architecture, {
      directives: () => [cfi.defCfaExpression(expression(dwarf.const8u(random.pick(wild))))],
      ends: [inLie({ endings: unreadable })],
    }),
  ],
});

/** Buffers that end before the stack does. */
export const shortBuffer = damageScenario({
  name: 'short-buffer',
  description: 'there is room for fewer frames than the stack has, and the rest of it cannot be read',
  about:
    'The stack is deeper than the buffer for its frames, and what lies beyond the last frame there is room for cannot ' +
    'be read. The first frames must be there exactly, the ending must be the limit, and neither may the memory of ' +
    'further frames be touched nor anything be written behind the end of the buffer. Wrong unwinders find the next ' +
    'frame first and notice then that there is no room, or count the innermost frame twice.',
  source: 'backtrace(3): at most size frames; real: unwinders in signal handlers with fixed buffers',
  programs: { full: 5, quick: 1 },
  runs: (linked, _random, functions) =>
    Array.from({ length: functions + 2 }, (_, i) => ({
      ...selectorRuns(linked, entryName, 0, functions)[0]!,
      room: i + 1,
    })),
  victims: (random) => [{ style: ordinaryStyle(random) }],
});
