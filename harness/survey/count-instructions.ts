import type { ArchitectureName } from '../../engine/index.ts';
import { disassemble } from '../disassembly/index.ts';

/**
 * Offsets of a function's instructions, found from its first byte on by linear disassembly; bytes that are no
 * instruction, such as tables in code, are passed over.
 */
export function instructionOffsets(architecture: ArchitectureName, code: Uint8Array, address: bigint): number[] {
  const step = architecture === 'x86-64' ? 1 : 4;
  const offsets: number[] = [];
  for (let at = 0; at < code.length; ) {
    const found = disassemble(architecture, code.subarray(at), address + BigInt(at));
    for (const { size } of found) {
      offsets.push(at);
      at += size;
    }
    at += step;
  }
  return offsets;
}
