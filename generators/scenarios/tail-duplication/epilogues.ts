import type { Scenario } from '../scenario.ts';
import { shapeScenario } from '../shape.ts';
import { earlyReturn, middleEpilogue, nestedStates, severalEpilogues, shrinkWrapped } from './writes.ts';

const duplication = 'DWARF 5, section 6.4.2.4; real: parca-agent #841, LLVM libunwind and gimli #273';

/** Several ways out of a function, in any order. */
export const epilogueScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'tail-duplication/several-epilogues',
    description: 'conditional returns in the body, the state remembered and restored around each',
    about:
      'A function returns in several places, as compilers write it once they have duplicated its tail. Each epilogue ' +
      'takes the frame down row by row, and DW_CFA_restore_state brings it back for the code behind the return. ' +
      'Unwinders that restore the rules of registers but not the CFA, or take the location back with the rules, are ' +
      'wrong in everything behind the first return.',
    source: duplication,
    bits: 3,
    programs: { full: 16, quick: 1 },
    write: (random) => severalEpilogues('restoreState', random.between(1, 3)),
  }),
  shapeScenario({
    name: 'tail-duplication/redeclared',
    description: 'conditional returns in the body, the row declared anew behind each, as LLVM does',
    about:
      'As several-epilogues, but without remembered states: behind each return the CFA and every saved register are ' +
      'stated again, one directive each. All of them hold from the same location on. An unwinder that stops at the ' +
      'first directive of a location, or counts each as a row, has half a frame there.',
    source: 'DWARF 5, section 6.4.2; LLVM CFIInstrInserter',
    bits: 3,
    programs: { full: 16, quick: 1 },
    write: (random) => severalEpilogues('redeclare', random.between(1, 3)),
  }),
  shapeScenario({
    name: 'tail-duplication/middle-epilogue',
    description: 'the only epilogue is in the middle, with code of the body behind it',
    about:
      'The function returns in its middle; the code behind the return has the whole frame again and jumps back. What is ' +
      'at the end of a function need not be its epilogue, and what follows a return need not be another function. ' +
      'Unwinders that look for the epilogue at the end, or drop a frame once it was taken down, are wrong here.',
    source: duplication,
    bits: 1,
    write: (random) => middleEpilogue(random.pick(['restoreState', 'redeclare'])),
  }),
  shapeScenario({
    name: 'tail-duplication/early-return',
    description: 'returns without a frame, behind the part that has one',
    about:
      'A quick way out that needs no frame is placed behind the code that has one. The state of the first instructions ' +
      'is remembered before the prologue and comes back behind the last return. The rows there are those of the entry: ' +
      'an unwinder that goes on with the last frame it saw reads the return address from the wrong place.',
    source: duplication,
    bits: 1,
    write: () => earlyReturn,
  }),
  shapeScenario({
    name: 'tail-duplication/shrink-wrap',
    description: 'the frame exists on one of two ways only',
    about:
      'Only one of two ways through the function builds a frame; both meet again at the return. The epilogue must say ' +
      'that each register holds its own value again, since on the other way nothing was ever saved. An unwinder that ' +
      'keeps a rule beyond DW_CFA_restore reads stack that belongs to somebody else.',
    source: 'DWARF 5, section 6.4.2; GCC -fshrink-wrap',
    bits: 1,
    style: { restores: 'stated' },
    write: () => shrinkWrapped,
  }),
  shapeScenario({
    name: 'tail-duplication/nested-states',
    description: 'a state is remembered while another one is',
    about:
      'An early return without a frame is remembered at the start, and inside its stretch every further return remembers ' +
      'the full frame. Remembered states are a stack: the last one comes back first. An unwinder with room for one ' +
      'state, or one that reads the last without taking it off, gets the wrong frame behind the outer restore.',
    source: 'DWARF 5, section 6.4.2.4; real: go-delve #3480, parca-agent #841',
    bits: 3,
    programs: { full: 16, quick: 1 },
    write: () => nestedStates,
  }),
];
