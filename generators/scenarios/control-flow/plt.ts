import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Item } from '../../assembly/index.ts';
import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
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
import type { Scenario } from '../scenario.ts';

const dwarfSp = x86.dwarfNumber(x86.gpr.rsp);
const { x16, x17 } = a64.registers;
const align16 = (bytes: number): Item => ({ data: x86.nop(bytes) });

/** `.plt` and `.plt.sec` as linkers write them where branches need landing pads. */
function addLandingPadPlt(fragments: Fragments, random: Random): void {
  // 9 bytes into its 16, an entry has pushed its index.
  const pushed = [dwarf.breg(16, 0), dwarf.lit(15), dwarf.and(), dwarf.lit(9), dwarf.ge(), dwarf.lit(3), dwarf.shl()];
  const cfa = expression(dwarf.breg(dwarfSp, 8), ...pushed, dwarf.plus());
  const lazy = pltTargets.flatMap((target, i): Item[] => [
    { label: lazyPart(target) },
    x86.endbr64(),
    x86.pushImmediate(firstPltIndex + i),
    x86.jmp('plt.head'),
    align16(2),
  ]);
  const second = pltTargets.flatMap((target): Item[] => [
    { label: pltEntry(target) },
    x86.endbr64(),
    x86.jmpMemory(x86.place(gotCell(target))),
    align16(6),
  ]);
  addItems(fragments, 'x86-64', random, 'plt.lazy', [{ cfi: cfi.defCfaExpression(cfa) }, ...lazy]);
  addItems(fragments, 'x86-64', random, 'plt.sec', second);
}

/** The PLT of AArch64, whose entries leave the address of their cell in x16. */
function addPlt(fragments: Fragments, random: Random): void {
  const entries = pltTargets.flatMap((target): Item[] => [
    { label: pltEntry(target) },
    a64.adrp(x16, gotCell(target)),
    a64.addLow12(x16, x16, gotCell(target)),
    a64.ldr(x17, a64.offset(x16)),
    a64.br(x17),
  ]);
  addItems(fragments, 'aarch64', random, 'plt.entries', entries);
}

/** A call through a cell of the GOT, without a PLT. */
function callThroughGot(architecture: ArchitectureName, target: string): Item[] {
  if (architecture === 'x86-64') return [x86.callMemory(x86.place(gotCell(target)))];
  return [
    a64.adrp(x16, gotCell(target)),
    a64.addLow12(x16, x16, gotCell(target)),
    a64.ldr(x16, a64.offset(x16)),
    a64.blr(x16),
  ];
}

const links = [undefined, ...pltTargets];

export const pltScenarios: readonly Scenario[] = [
  chainScenario({
    name: 'control-flow/plt-landing-pads',
    description: 'calls through .plt.sec and, the first time, a lazy .plt whose entries begin with endbr64',
    about:
      'Where branches need landing pads there are two PLTs: calls go through one that only jumps, and the lazy one, ' +
      'whose entries push after nine bytes instead of eleven, has the expression of its own for that. Unwinders that ' +
      'know PLTs by a fixed pattern of code or of CFI apply the old rule here and are off by eight.',
    source: 'GNU ld, elf_x86_64_eh_frame_lazy_ibt_plt; Intel CET',
    architectures: ['x86-64'],
    needs: ['callee-saved', 'expressions'],
    bits: 0,
    programs: { full: 12, quick: 1 },
    link: () => ({ data: pltData(lazyPart) }),
    links: (random) =>
      links.map((_, i) => ({
        style: ordinaryStyle(random.derive(i)),
        write(writer, next, own, _name, fragments) {
          if (i === 0) {
            addHeadAndResolver('x86-64', fragments, own.derive('head'));
            addLandingPadPlt(fragments, own.derive('entries'));
          }
          callThroughPlt(writer, next, own, pltEntry);
        },
      })),
  }),
  chainScenario({
    name: 'control-flow/plt-link-register',
    description: 'calls through a PLT whose entries have no frame and whose head saves the link register',
    about:
      'On AArch64 an entry of the PLT only jumps, so that the caller stands in x30 all the time; the head then pushes x16 ' +
      'and x30 for the resolver, and the resolver takes them off again. No frame record is made. Unwinders that follow ' +
      'frame pointers, or take x30 for dead in code without a call, lose the caller.',
    source: 'AAPCS64, PLT sequences of GNU ld and LLD',
    architectures: ['aarch64'],
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 12, quick: 1 },
    link: () => ({ data: pltData(() => 'plt.head') }),
    links: (random) =>
      links.map((_, i) => ({
        style: ordinaryStyle(random.derive(i)),
        write(writer, next, own, _name, fragments) {
          if (i === 0) {
            addHeadAndResolver('aarch64', fragments, own.derive('head'));
            addPlt(fragments, own.derive('entries'));
          }
          callThroughPlt(writer, next, own, pltEntry);
        },
      })),
  }),
  chainScenario({
    name: 'control-flow/got-call',
    description: 'calls through cells of the GOT, without a PLT',
    about:
      'With -fno-plt every call of another library goes through memory: six bytes on x86-64, whose target is not in the ' +
      'instruction. The return address follows it as it follows any call. Unwinders that check the instruction before a ' +
      'return address for the five bytes of a direct call end the stack here.',
    source: 'GCC and Clang -fno-plt; System V psABI AMD64, GOTPCREL',
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 12, quick: 1 },
    link: () => ({ data: pltData((target) => target).filter(({ label }) => /^got\.function/.test(label)) }),
    links: (random, architecture) =>
      links.map((_, i) => ({
        style: ordinaryStyle(random.derive(i)),
        write(writer, next, own) {
          writer.prologue();
          writer.overwrite();
          writer.work(own.between(1, 3));
          if (next !== undefined) writer.items.push(...callThroughGot(architecture, next));
          writer.work(own.between(1, 3));
          writer.epilogue();
          writer.ret();
        },
      })),
  }),
];
