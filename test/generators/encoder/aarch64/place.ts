import type { Instruction } from '../../../../generators/assembly/item.ts';

/** An instruction's final bytes at `address`, its label (if it has one) being `distance` bytes on. */
export function place(instruction: Instruction, address: bigint, distance = 0): Uint8Array {
  const bytes = instruction.bytes.slice();
  instruction.reference?.patch(bytes, address, address + BigInt(distance));
  return bytes;
}

/** The instruction as one number, as the Arm ARM prints it. */
export function word(instruction: Instruction, address = 0n, distance = 0): number {
  return new DataView(place(instruction, address, distance).buffer).getUint32(0, true);
}
