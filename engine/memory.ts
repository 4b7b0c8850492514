/**
 * A readable stretch of the unwound program's memory, backed by bytes that are shared, not copied.
 * `readable` may be raised and lowered between stops: bytes below it cannot be read (dead stack below SP).
 */
export class MemoryWindow {
  readonly startLo: number;
  readonly startHi: number;
  readonly size: number;
  readonly view: DataView;
  /** First readable offset. */
  readable = 0;

  constructor(start: bigint, bytes: Uint8Array) {
    this.startLo = Number(start & 0xffffffffn);
    this.startHi = Number((start >> 32n) & 0xffffffffn);
    this.size = bytes.byteLength;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of an address in this window, or -1 where `length` bytes from it do not lie wholly in the readable part. */
  offsetOf(lo: number, hi: number, length: number): number {
    const differenceLo = (lo >>> 0) - this.startLo;
    const differenceHi = ((hi >>> 0) - this.startHi - (differenceLo < 0 ? 1 : 0)) | 0;
    if (differenceHi !== 0) return -1;
    const offset = differenceLo >>> 0;
    return offset >= this.readable && offset <= this.size - length ? offset : -1;
  }
}

/** The memory an unwinder may read: windows, the last one that answered tried first. Little-endian. */
export class Memory {
  readonly windows: readonly MemoryWindow[];
  #last: MemoryWindow | undefined;

  constructor(windows: readonly MemoryWindow[]) {
    this.windows = windows;
    this.#last = windows[0];
  }

  /** Reads 8 bytes into `out[index]` (low half) and `out[index + 1]` (high half); false where they are unreadable. */
  read64(lo: number, hi: number, out: Uint32Array, index: number): boolean {
    let window = this.#last;
    let offset = window === undefined ? -1 : window.offsetOf(lo, hi, 8);
    if (offset < 0) {
      window = this.find(lo, hi, 8);
      if (window === undefined) return false;
      offset = window.offsetOf(lo, hi, 8);
    }
    const { view } = window!;
    out[index] = view.getUint32(offset, true);
    out[index + 1] = view.getUint32(offset + 4, true);
    return true;
  }

  /** The window in which `length` bytes from the address can be read, or undefined. */
  find(lo: number, hi: number, length: number): MemoryWindow | undefined {
    const last = this.#last;
    if (last !== undefined && last.offsetOf(lo, hi, length) >= 0) return last;
    for (const window of this.windows) {
      if (window.offsetOf(lo, hi, length) >= 0) {
        this.#last = window;
        return window;
      }
    }
    return undefined;
  }
}
