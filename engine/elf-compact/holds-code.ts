import type { Architecture } from '../architecture/index.ts';

/**
 * Whether bytes between two functions are anything but what compilers, assemblers and linkers fill up with: then it is
 * code without unwind information. False where they are not known.
 */
export function holdsCode(architecture: Architecture, bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined) return false;
  return architecture.name === 'aarch64' ? !isAArch64Padding(bytes) : !isX86_64Padding(bytes);
}

/** `nop`, or zeros, which are `udf #0`. */
function isAArch64Padding(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = view.getUint32(at, true);
    if (word !== 0xd503201f && word !== 0) return false;
  }
  return bytes.length % 4 === 0;
}

/** One-byte and long forms of `nop` with any prefixes, `int3`, zeros, and jumps over the rest of the padding. */
function isX86_64Padding(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    while (bytes[at] === 0x66 || bytes[at] === 0x2e) at++;
    const opcode = bytes[at];
    if (opcode === 0x90 || opcode === 0xcc || opcode === 0x00) at++;
    else if (opcode === 0x0f && bytes[at + 1] === 0x1f) at += 2 + operandSize(bytes[at + 2] ?? 0);
    else if (opcode === 0xeb) at += 2;
    else return false;
  }
  return at === bytes.length;
}

/** Bytes of ModRM, SIB and displacement of a memory operand that is not relative to RIP. */
function operandSize(modRm: number): number {
  const mod = modRm >> 6;
  if (mod === 3) return 1;
  return ((modRm & 7) === 4 ? 2 : 1) + (mod === 1 ? 1 : mod === 2 ? 4 : 0);
}
