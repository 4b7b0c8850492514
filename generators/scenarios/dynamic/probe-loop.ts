import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { dynamicScenario } from './dynamic-scenario.ts';

const page = 0x1000;

/** SP goes down page by page to where a register already points; the CFA is based on that register meanwhile. */
function probe(hand: HandWriter, writer: { label(name: string): void }, name: string, pages: number): void {
  const { machine } = hand;
  const loop = `${name}.probe`;
  const below = hand.depth + pages * page;
  if (machine.architecture === 'x86-64') {
    const { r11, rsp } = x86.gpr;
    hand.emit(x86.lea(r11, x86.at(rsp, -pages * page)));
    hand.cfi(cfi.defCfa(x86.dwarfNumber(r11), below));
    writer.label(loop);
    hand.emit(x86.subImmediate(rsp, page), x86.storeImmediate(x86.at(rsp), 0), x86.cmp(rsp, r11), x86.jcc('ne', loop));
  } else {
    const { sp, x9, xzr } = a64.registers;
    hand.emit(a64.subImmediate(x9, sp, pages * page));
    hand.cfi(cfi.defCfa(a64.dwarfNumber(x9), below));
    writer.label(loop);
    hand.emit(a64.subImmediate(sp, sp, page), a64.str(xzr, a64.offset(sp)));
    hand.emit(a64.cmpRegister(sp, x9), a64.bCond('ne', loop));
  }
  hand.cfi(cfi.defCfaRegister(machine.sp));
}

function probed(random: Random, architecture: ArchitectureName): Link {
  const pages = random.between(2, 3);
  return handLink(architecture, (hand, next, name, writer) => {
    const { machine } = hand;
    const [saved] = random.shuffle(machine.calleeSaved);
    hand.open(random.between(1, 4));
    hand.save(saved!, 0);
    hand.clobber(saved!);
    probe(hand, writer, name, pages);
    hand.grown(pages * page);
    hand.body(next);
    hand.shrink(pages * page);
    hand.get(saved!, 0);
    hand.cfi(cfi.restore(saved!));
    hand.close();
    hand.ret();
  });
}

/** Large frames, allocated by a loop that touches each page. */
export const probeLoop = dynamicScenario({
  name: 'probe-loop',
  description: 'large frames allocated page by page in a loop, the CFA based on the register that ends it',
  about:
    'A loop lowers SP page by page and touches each page, until SP is where a scratch register (r11, x9) points; in the ' +
    'loop the CFA is based on that register, as GCC and LLVM write it for -fstack-clash-protection. At one PC SP has as ' +
    'many values as there are rounds. An unwinder that knows SP and the frame pointer as bases only, or whose context ' +
    'lacks caller-saved registers, cannot unwind there.',
  source: 'GCC, -fstack-clash-protection; LLVM, "probe-stack"="inline-asm"',
  group: (random, architecture) => [probed(random, architecture)],
});
