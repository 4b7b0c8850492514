/** The part of Capstone's JavaScript binding that Plumbline uses; the package ships no types. */
declare module '@alexaltea/capstone-js' {
  export interface CapstoneInstruction {
    readonly address: bigint | number;
    readonly size: number;
    readonly mnemonic: string;
    readonly op_str: string;
  }

  export interface CapstoneDecoder {
    option(option: number, value: number): void;
    /** Calls back for each instruction until the bytes end or are none; `pointer` is valid during the call only. */
    disasm_iter(
      buffer: Uint8Array,
      address: bigint,
      callback: (instruction: CapstoneInstruction, pointer: number) => boolean | undefined,
    ): number;
    /** Whether the instruction is in a group; needs `OPT_DETAIL`. */
    insn_group(pointer: number, group: number): boolean;
    close(): void;
  }

  export interface Capstone {
    readonly Capstone: new (architecture: number, mode: number) => CapstoneDecoder;
    readonly ARCH_X86: number;
    readonly ARCH_ARM64: number;
    readonly MODE_64: number;
    readonly MODE_LITTLE_ENDIAN: number;
    readonly OPT_DETAIL: number;
    readonly OPT_ON: number;
    readonly GRP_JUMP: number;
    readonly GRP_CALL: number;
    readonly GRP_RET: number;
  }

  const open: () => Promise<Capstone>;
  export default open;
}
