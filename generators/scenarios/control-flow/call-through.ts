import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction } from '../../assembly/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import { aarch64Register } from '../rules/aarch64-machine.ts';
import { x86_64Register } from '../rules/x86-64-machine.ts';

/**
 * An indirect call of a label: through a scratch register, through `saved` (a DWARF number), which the function has
 * saved, or on x86-64 through memory. `slot` is the distance from SP to eight bytes of the frame that are free.
 */
export function callThrough(
  architecture: ArchitectureName,
  random: Random,
  label: string,
  saved: number,
  slot: number,
): Instruction[] {
  if (architecture === 'aarch64') {
    const register = random.chance(0.5) ? aarch64Register(random.between(9, 17)) : aarch64Register(saved);
    return [a64.adr(register, label), a64.blr(register)];
  }
  const { rsp } = x86.gpr;
  const scratch = random.pick(x86.callerSaved);
  const kept = x86_64Register(saved);
  const load = (register: x86.Register) => x86.lea(register, x86.place(label));
  switch (random.below(4)) {
    case 0:
      return [load(scratch), x86.callRegister(scratch, random.pick([undefined, 'notrack']))];
    case 1:
      return [load(kept), x86.callRegister(kept)];
    case 2:
      return [load(scratch), x86.store(x86.at(rsp, slot), scratch), x86.callMemory(x86.at(rsp, slot))];
    default: {
      // Through a table that begins far before the slot.
      const index = random.pick(x86.callerSaved.filter((register) => register !== scratch));
      const far = random.pick([0x80, 0x4000]);
      return [
        load(scratch),
        x86.store(x86.at(rsp, slot), scratch),
        x86.lea(kept, x86.at(rsp, slot - far)),
        x86.mov32Immediate(index, far / 8),
        x86.callMemory(x86.indexed(kept, index, 8)),
      ];
    }
  }
}

/** Takes one off a register (a DWARF number) and jumps unless it was 0. */
export function countRegisterDown(architecture: ArchitectureName, register: number, label: string): Instruction[] {
  if (architecture === 'x86-64') return [x86.subImmediate(x86_64Register(register), 1), x86.jcc('ns', label)];
  const x = aarch64Register(register);
  return [a64.subImmediate(x, x, 1), a64.cmpRegister(x, a64.registers.xzr), a64.bCond('ge', label)];
}
