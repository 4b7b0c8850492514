import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { damageScenario } from './damage-scenario.ts';

/** A function that no FDE covers, in the middle of those that have one. */
export const missingFde = damageScenario({
  name: 'missing-fde',
  description: 'a function in the middle of the stack has no FDE: the walk ends there',
  about:
    'One function of the chain has no FDE, as assembly without CFI directives has none, and the FDEs around it do not ' +
    'reach it. The frames inside of it can be unwound, and it is itself the last frame: where its caller is nobody ' +
    'says. A right walk has exactly these frames and says that information is missing. Wrong ones take the nearest ' +
    'FDE without looking at its range, or search the whole section again for every frame.',
  source: 'DWARF 5, section 6.4.4; real: llvm/llvm-project #167849',
  victims: (random) => [
    { style: ordinaryStyle(random), uncovered: true, ends: [{ endings: ['no-info'] }], align: random.pick([4, 16]) },
  ],
});

/** No section at all. */
export const noSections = damageScenario({
  name: 'no-sections',
  description: 'code without any section of unwind information',
  about:
    'The file has neither .eh_frame nor .debug_frame, as one built with -fno-asynchronous-unwind-tables, or stripped of ' +
    'them, has none. Nothing can be told of any frame but the innermost, which is the whole answer, with the remark ' +
    'that information is missing. Wrong unwinders dereference the section they did not find.',
  source: 'DWARF 5, section 6.4.4',
  link: () => ({ unwindSections: [] }),
  ends: [{ endings: ['no-info'] }],
  victims: () => [],
});
