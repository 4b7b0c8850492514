import openCapstone, { type CapstoneDecoder } from '@alexaltea/capstone-js';
import type { ArchitectureName } from '../../engine/index.ts';

/** One disassembled instruction. */
export interface DisassembledInstruction {
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
  readonly mnemonic: string;
  readonly operands: string;
  /** What kind of branch it is; at most one of them is true. */
  readonly groups: { readonly call: boolean; readonly jump: boolean; readonly return: boolean };
}

const capstone = await openCapstone();
const decoders = new Map<ArchitectureName, CapstoneDecoder>();

/**
 * Disassembles code that lies at `address`, x86-64 in Intel's syntax. Ends before the first bytes that are no
 * instruction, so the sizes may add up to less than the length of `bytes`.
 */
export function disassemble(
  architecture: ArchitectureName,
  bytes: Uint8Array,
  address: bigint,
): DisassembledInstruction[] {
  const decoder = decoderOf(architecture);
  const instructions: DisassembledInstruction[] = [];
  let next = BigInt.asUintN(64, address);
  decoder.disasm_iter(bytes, next, ({ size, mnemonic, op_str: operands }, pointer) => {
    // AArch64's BL and BLR are in both groups, so calls are told first.
    const call = decoder.insn_group(pointer, capstone.GRP_CALL);
    const isReturn = !call && decoder.insn_group(pointer, capstone.GRP_RET);
    const jump = !call && !isReturn && decoder.insn_group(pointer, capstone.GRP_JUMP);
    instructions.push({ address: next, size, mnemonic, operands, groups: { call, jump, return: isReturn } });
    next = BigInt.asUintN(64, next + BigInt(size));
    return undefined;
  });
  return instructions;
}

function decoderOf(architecture: ArchitectureName): CapstoneDecoder {
  let decoder = decoders.get(architecture);
  if (decoder === undefined) {
    decoder =
      architecture === 'x86-64'
        ? new capstone.Capstone(capstone.ARCH_X86, capstone.MODE_64)
        : new capstone.Capstone(capstone.ARCH_ARM64, capstone.MODE_LITTLE_ENDIAN);
    decoder.option(capstone.OPT_DETAIL, capstone.OPT_ON);
    decoders.set(architecture, decoder);
  }
  return decoder;
}
