import { UnwindError } from '../errors.ts';

/** The bytes of an ELF file, with checked access; errors name the structure asked for and its offset in the file. */
export class FileBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Throws where `length` bytes from `offset` are not all inside the file. */
  check(structure: string, offset: number, length: number): void {
    if (offset + length > this.bytes.length) {
      const found = Math.max(0, this.bytes.length - offset);
      throw new UnwindError('invalid', structure, offset, `expected ${length} bytes, the file has ${found} from here`);
    }
  }

  slice(structure: string, offset: number, length: number): Uint8Array {
    this.check(structure, offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  /** A 64-bit size or file offset as a number; `offset` must have been checked. */
  size(structure: string, offset: number, field: string): number {
    const high = this.view.getUint32(offset + 4, true);
    if (high > 0x1f_ffff) throw new UnwindError('invalid', structure, offset, `expected ${field} below 2^53`);
    return high * 0x1_0000_0000 + this.view.getUint32(offset, true);
  }
}
