/** An entry of the program header table as it is in the file (gABI, "Program Header"). */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly physicalAddress: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
  readonly alignment: bigint;
}

export const programHeaderSize = 56;

/** The table of an ELF-64 file that has been read before. */
export function readProgramHeaders(file: Uint8Array): ProgramHeader[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = Number(view.getBigUint64(32, true));
  return Array.from({ length: view.getUint16(56, true) }, (_, i) => {
    const at = start + i * programHeaderSize;
    const word = (offset: number) => view.getBigUint64(at + offset, true);
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: word(8),
      address: word(16),
      physicalAddress: word(24),
      fileSize: word(32),
      memorySize: word(40),
      alignment: word(48),
    };
  });
}

export function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const words = [
    header.offset,
    header.address,
    header.physicalAddress,
    header.fileSize,
    header.memorySize,
    header.alignment,
  ];
  words.forEach((word, i) => {
    view.setBigUint64(at + 8 + 8 * i, word, true);
  });
}
