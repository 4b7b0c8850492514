import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';
import { Whereabouts } from './whereabouts.ts';
import { x86_64Register } from './x86-64-machine.ts';

/** Callee-saved registers wait in scratch registers, then a function is called. */
function movedAway(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 3));
    const places = random.shuffle(machine.scratch);
    const where = new Whereabouts(hand, saved);
    const move = (to: number, from: number) => {
      hand.emit(machine.move(to, from));
      where.moved([to, from]);
    };
    for (const [i, register] of saved.entries()) {
      const place = places[i]!;
      hand.kept.add(place);
      move(place, register);
      hand.clobber(register);
      where.lost(register);
    }
    hand.work(random.between(1, 4));
    const spare = places[saved.length]!;
    if (random.chance(0.5)) {
      hand.kept.add(spare);
      move(spare, places[0]!);
      hand.clobber(places[0]!);
      where.lost(places[0]!);
      places[0] = spare;
      hand.work(1);
    }
    for (const [i, register] of saved.entries()) move(register, places[i]!);
    hand.kept.clear();
    if (next !== undefined) {
      hand.open(random.between(0, 4));
      hand.body(next);
      hand.close();
    }
    hand.ret();
  });
}

/** The return address waits in a scratch register, as in glibc's vfork. */
function returnAddressInScratch(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const place = random.pick(machine.scratch);
    const { returnAddress } = machine;
    if (next !== undefined) {
      hand.open(random.between(0, 4));
      hand.body(next);
      hand.close();
    }
    hand.kept.add(place);
    if (architecture === 'x86-64') {
      hand.emit(machine.pop(place));
      hand.shrunk(8);
      hand.cfi(cfi.register(returnAddress, place), cfi.defCfaOffset(0));
      hand.work(random.between(1, 4));
      if (random.chance(0.3)) {
        hand.emit(x86.jmpRegister(x86_64Register(place)));
        return;
      }
      hand.emit(x86.push(x86_64Register(place)));
      hand.cfi(cfi.defCfaOffset(8), cfi.restore(returnAddress));
    } else {
      hand.emit(machine.move(place, returnAddress));
      hand.cfi(cfi.register(returnAddress, place));
      hand.clobber(returnAddress);
      hand.work(random.between(1, 4));
      hand.emit(machine.move(returnAddress, place));
      hand.cfi(cfi.restore(returnAddress));
    }
    hand.ret();
  });
}

/** The return address waits in a callee-saved register while functions are called. */
function returnAddressInSaved(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const { returnAddress } = machine;
    const place = random.pick(machine.calleeSaved);
    if (architecture === 'x86-64') {
      const scratch = random.pick(machine.scratch);
      hand.emit(machine.pop(scratch));
      hand.cfi(cfi.register(returnAddress, scratch), cfi.defCfaOffset(0));
      hand.emit(x86.push(x86_64Register(place)));
      hand.cfi(cfi.defCfaOffset(8), cfi.offset(place, -8));
      hand.emit(machine.move(place, scratch));
      hand.cfi(cfi.register(returnAddress, place));
      hand.body(next);
      hand.emit(machine.move(scratch, place));
      hand.cfi(cfi.register(returnAddress, scratch));
      hand.emit(machine.pop(place));
      hand.cfi(cfi.defCfaOffset(0), cfi.restore(place));
      hand.emit(x86.push(x86_64Register(scratch)));
      hand.cfi(cfi.defCfaOffset(8), cfi.restore(returnAddress));
    } else {
      hand.open(1, true);
      hand.save(place, 0);
      hand.emit(machine.move(place, returnAddress));
      hand.cfi(cfi.register(returnAddress, place));
      hand.body(next);
      hand.emit(machine.move(returnAddress, place));
      hand.cfi(cfi.restore(returnAddress));
      hand.get(place, 0);
      hand.cfi(cfi.restore(place));
      hand.close();
    }
    hand.ret();
  });
}

/** `DW_CFA_register`. */
export const register = ruleScenario({
  name: 'register',
  description: 'callee-saved registers and the return address kept in other registers',
  about:
    'Callee-saved registers, or the return address, wait in other registers while functions run or are called, as in ' +
    'vfork of glibc, which holds its return address in one. The rule names a register of the frame at hand. Unwinders ' +
    'that look for every value in memory, or that drop the frame pointer once the return address is in a register, ' +
    'fail.',
  source: 'DWARF 5, section 6.4.2.3; glibc vfork; real: opentelemetry-ebpf-profiler #1751',
  group: (random, architecture) => [
    random.pick([movedAway, returnAddressInScratch, returnAddressInSaved])(random, architecture),
  ],
});
