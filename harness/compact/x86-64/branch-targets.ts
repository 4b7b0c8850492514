import { Instruction, map0F } from './instruction.ts';

const instruction = new Instruction();

/**
 * Offsets in code that its own direct jumps lead to, each with where the jumps begin; from bytes on that are no instruction,
 * nothing is known.
 */
export function branchTargets(code: Uint8Array): Map<number, number[]> {
  const targets = new Map<number, number[]>();
  for (let at = 0; at < code.length && instruction.decode(code, at); ) {
    const from = at;
    at += instruction.size;
    if (!isDirectJump(instruction)) continue;
    const target = at + instruction.immediate;
    const sources = targets.get(target);
    if (sources === undefined) targets.set(target, [from]);
    else sources.push(from);
  }
  return targets;
}

function isDirectJump({ map, opcode, vex }: Instruction): boolean {
  if (map === map0F) return !vex && opcode >= 0x80 && opcode < 0x90;
  if (map !== 0) return false;
  return (opcode >= 0x70 && opcode < 0x80) || (opcode >= 0xe0 && opcode < 0xe4) || opcode === 0xe9 || opcode === 0xeb;
}

/** What compilers fill gaps between blocks with. */
export function isPadding({ map, opcode, rm }: Instruction): boolean {
  if (map === map0F) return opcode === 0x1f;
  return map === 0 && ((opcode === 0x90 && rm === 0) || opcode === 0xcc);
}
