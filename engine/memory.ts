const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * A readable stretch of the unwound program's memory, backed by bytes that are shared, not copied.
 * `readable` may be raised and lowered between stops: bytes below it cannot be read (dead stack below SP).
 */
export class MemoryWindow {
  readonly startLo: number;
  readonly startHi: number;
  readonly size: number;
  readonly view: DataView;
  /** The start's halves as signed numbers. */
  readonly firstLo: number;
  readonly firstHi: number;
  /**
   * The bytes as numbers of 32 bits, whose places in the window are those of multiples of 4 in memory. Empty where that
   * cannot be, so that aligned reads try it first and `view` after it.
   */
  readonly words: Uint32Array;
  /** The same as numbers of 64 bits; empty where their places are not those of multiples of 8. */
  readonly quads: BigUint64Array;
  /** First readable offset. */
  readable = 0;

  constructor(start: bigint, bytes: Uint8Array) {
    this.startLo = Number(start & 0xffffffffn);
    this.startHi = Number((start >> 32n) & 0xffffffffn);
    this.size = bytes.byteLength;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.firstLo = this.startLo | 0;
    this.firstHi = this.startHi | 0;
    const aligned = isLittleEndian && (bytes.byteOffset & 3) === 0 && (this.startLo & 3) === 0;
    this.words = new Uint32Array(bytes.buffer, aligned ? bytes.byteOffset : 0, aligned ? bytes.byteLength >>> 2 : 0);
    const alignedTo8 = isLittleEndian && (bytes.byteOffset & 7) === 0 && (this.startLo & 7) === 0;
    this.quads = new BigUint64Array(
      bytes.buffer,
      alignedTo8 ? bytes.byteOffset : 0,
      alignedTo8 ? bytes.byteLength >>> 3 : 0,
    );
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

const nothing = new MemoryWindow(0n, new Uint8Array(0));

/** The memory an unwinder may read: windows, the last one that answered tried first. Little-endian. */
export class Memory {
  readonly windows: readonly MemoryWindow[];
  /** The window that answered last; an empty one where there is none. */
  last: MemoryWindow;

  constructor(windows: readonly MemoryWindow[]) {
    this.windows = windows;
    this.last = windows[0] ?? nothing;
  }

  /** Reads 8 bytes into `out[index]` (low half) and `out[index + 1]` (high half); false where they are unreadable. */
  read64(lo: number, hi: number, out: Uint32Array, index: number): boolean {
    let window = this.last;
    let offset = window.offsetOf(lo, hi, 8);
    if (offset < 0) {
      const found = this.find(lo, hi, 8);
      if (found === undefined) return false;
      window = found;
      offset = window.offsetOf(lo, hi, 8);
    }
    const { view } = window;
    out[index] = view.getUint32(offset, true);
    out[index + 1] = view.getUint32(offset + 4, true);
    return true;
  }

  /** The window in which `length` bytes from the address can be read, or undefined. */
  find(lo: number, hi: number, length: number): MemoryWindow | undefined {
    if (this.last.offsetOf(lo, hi, length) >= 0) return this.last;
    for (const window of this.windows) {
      if (window.offsetOf(lo, hi, length) >= 0) {
        this.last = window;
        return window;
      }
    }
    return undefined;
  }
}
