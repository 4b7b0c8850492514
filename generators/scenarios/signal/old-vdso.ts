import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { trampolineLabel } from '../../function/trampoline.ts';
import { addressOf } from '../build-program.ts';
import { chain } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { handler } from './handlers.ts';
import { signalScenario } from './signal-scenario.ts';

/** `mov x8, #139; svc #0`, and the instruction before it that the FDE begins with. */
const instructionSize = 4n;
const row = 'CFA=x29 x29=[CFA] x30=[CFA+8] signal';

/** The trampoline's CFI as kernels had it for years: what it leaves out nobody can know. */
export const oldVdso: Scenario = signalScenario({
  name: 'old-vdso',
  description: "the trampoline's CFI is that of old vdsos: neither PC nor SP of the interrupted frame",
  about:
    'The vdso of Linux before 5.8 describes its trampoline by the frame record alone: the CFA is x29, x29 lies at the ' +
    'CFA and x30 at CFA+8. That is where the interrupted function would return to, not where it was interrupted. The row ' +
    'must be read as it stands, offsets at and above the CFA and the signal mark included, and every frame up to the ' +
    'trampoline must be right, itself a signal frame. Whoever knows the trampoline by its code may go on; who follows ' +
    'the row loses the interrupted frame, but must come to an end.',
  source: 'Linux 87676cfca141, arm64 vdso: __kernel_rt_sigreturn; DWARF 5, section 6.4.2.3',
  architectures: ['aarch64'],
  programs: { full: 12, quick: 1 },
  trampoline: 'old-vdso',
  functions(random, architecture) {
    const links = Array.from({ length: random.between(2, 4) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) }));
    return [...chain(architecture, random, links), handler(architecture, random)];
  },
  signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  walkEnds(_random, linked) {
    const start = addressOf(linked, trampolineLabel);
    const end = start + 2n * instructionSize;
    return [{ start: start - instructionSize, end, endings: ['no-info'], behind: 'anything' }];
  },
  expectedRows(linked) {
    const start = addressOf(linked, trampolineLabel);
    return [-1n, 0n, 1n].map((i) => ({ at: start + i * instructionSize, row }));
  },
});
