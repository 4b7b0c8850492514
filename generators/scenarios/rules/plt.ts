import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { Random } from '../../random.ts';
import type { Fragments } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import {
  addHeadAndResolver,
  addItems,
  callThroughPlt,
  firstPltIndex,
  gotCell,
  lazyPart,
  pltData,
  pltEntry,
  pltTargets,
} from '../plt-parts.ts';

const dwarfSp = x86.dwarfNumber(x86.gpr.rsp);

/** The entries of the PLT, with GNU ld's CFI. */
function addEntries(fragments: Fragments, random: Random): void {
  // 11 bytes into its 16, an entry has pushed its index.
  const pushed = [dwarf.breg(16, 0), dwarf.lit(15), dwarf.and(), dwarf.lit(11), dwarf.ge(), dwarf.lit(3), dwarf.shl()];
  const cfa = expression(dwarf.breg(dwarfSp, 8), ...pushed, dwarf.plus());
  const entries = pltTargets.flatMap((target, i) => [
    { label: pltEntry(target) },
    x86.jmpMemory(x86.place(gotCell(target))),
    { label: lazyPart(target) },
    x86.pushImmediate(firstPltIndex + i),
    x86.jmp('plt.head'),
  ]);
  addItems(fragments, 'x86-64', random, 'plt.entries', [{ cfi: cfi.defCfaExpression(cfa) }, ...entries]);
}

/** Calls through a procedure linkage table, whose CFA depends on the PC. */
export const plt = chainScenario({
  name: 'rules/plt',
  description: 'calls through a PLT, first lazily; one row covers every instruction: (rip & 15) >= 11',
  about:
    'The first call through an entry of the PLT pushes an index and goes to the resolver, later ones jump straight to ' +
    'the function. One row serves all entries: an expression adds eight to the CFA where the low bits of the PC say ' +
    'that the index was pushed. Unwinders without expressions, or with another idea of RIP in them, are off by eight.',
  source: 'GNU ld, elf_x86_64_eh_frame_plt',
  architectures: ['x86-64'],
  needs: ['callee-saved', 'expressions'],
  bits: 0,
  programs: { full: 30, quick: 2 },
  link: () => ({ data: pltData(lazyPart) }),
  links: (random) =>
    [undefined, ...pltTargets].map((_, i) => ({
      style: ordinaryStyle(random.derive(i)),
      write(writer, next, own, _name, fragments) {
        if (i === 0) {
          addHeadAndResolver('x86-64', fragments, own.derive('head'));
          addEntries(fragments, own.derive('entries'));
        }
        callThroughPlt(writer, next, own, pltEntry);
      },
    })),
});
