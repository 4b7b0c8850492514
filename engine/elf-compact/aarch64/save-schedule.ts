import { payloadBits } from './extended-fields.ts';

/**
 * The codes a schedule is written in, lowest bit first; what is usual takes one bit. Reading past the last bit gives 0s:
 * a schedule whose codes end behind it is told by `overrun`.
 */
export class ScheduleReader {
  #bits = 0;
  #position = 0;

  start(bits: number): void {
    this.#bits = bits;
    this.#position = 0;
  }

  get overrun(): boolean {
    return this.#position > payloadBits;
  }

  /** What has not been read. */
  get rest(): number {
    return this.#position >= 32 ? 0 : this.#bits >>> this.#position;
  }

  skip(bits: number): void {
    this.#position += bits;
  }

  bit(): number {
    const bit = this.#position < payloadBits ? (this.#bits >>> this.#position) & 1 : 0;
    this.#position++;
    return bit;
  }

  /** Instructions before something: 0–17, usually 1. */
  lead(): number {
    if (this.bit() === 0) return 1;
    return this.bit() === 0 ? 0 : 2 + this.#number(4);
  }

  /** Instructions from one save to the next: 1–21, usually 2. */
  delta(): number {
    if (this.bit() === 0) return 2;
    if (this.bit() === 0) return 3;
    if (this.bit() === 0) return 4;
    if (this.bit() === 0) return this.bit() === 0 ? 1 : 5;
    return 6 + this.#number(4);
  }

  /** Registers saved at once, of those that remain: usually two. */
  count(remaining: number): number {
    if (remaining === 1) return 1;
    if (this.bit() === 0) return 2;
    if (remaining === 2) return 1;
    if (this.bit() === 0) return remaining;
    if (this.bit() === 0) return 4;
    return this.bit() === 0 ? 1 : 3;
  }

  /** Registers other than the record's that are saved when the frame is made. */
  first(): number {
    if (this.bit() === 0) return 0;
    return this.bit() === 0 ? 2 : 1;
  }

  /** Registers other than the record's that are saved where the range starts: 0–15, usually none. */
  already(): number {
    return this.bit() === 0 ? 0 : this.#number(4);
  }

  #number(width: number): number {
    let number = 0;
    for (let i = 0; i < width; i++) number |= this.bit() << i;
    return number;
  }
}

/** Writes what `ScheduleReader` reads. A number that has no code, or codes too long, make `fits` false. */
export class ScheduleWriter {
  bits = 0;
  fits = true;
  #position = 0;

  start(): void {
    this.bits = 0;
    this.fits = true;
    this.#position = 0;
  }

  /** Lowest bit first. */
  put(bits: number, width: number): void {
    if (this.#position + width > payloadBits) this.fits = false;
    else this.bits |= bits << this.#position;
    this.#position += width;
  }

  lead(instructions: number): void {
    if (instructions === 1) this.put(0, 1);
    else if (instructions === 0) this.put(0b01, 2);
    else if (instructions <= 17) this.put(0b11 | ((instructions - 2) << 2), 6);
    else this.fits = false;
  }

  delta(instructions: number): void {
    if (instructions === 2) this.put(0, 1);
    else if (instructions === 3) this.put(0b01, 2);
    else if (instructions === 4) this.put(0b011, 3);
    else if (instructions === 1) this.put(0b00111, 5);
    else if (instructions === 5) this.put(0b10111, 5);
    else if (instructions >= 6 && instructions <= 21) this.put(0b1111 | ((instructions - 6) << 4), 8);
    else this.fits = false;
  }

  count(registers: number, remaining: number): void {
    if (remaining === 1) {
      if (registers !== 1) this.fits = false;
    } else if (registers === 2) this.put(0, 1);
    else if (remaining === 2) {
      if (registers === 1) this.put(1, 1);
      else this.fits = false;
    } else if (registers === remaining) this.put(0b01, 2);
    else if (registers === 4) this.put(0b011, 3);
    else if (registers === 1) this.put(0b0111, 4);
    else if (registers === 3) this.put(0b1111, 4);
    else this.fits = false;
  }

  first(registers: number): void {
    if (registers === 0) this.put(0, 1);
    else if (registers === 2) this.put(0b01, 2);
    else if (registers === 1) this.put(0b11, 2);
    else this.fits = false;
  }

  already(registers: number): void {
    if (registers === 0) this.put(0, 1);
    else if (registers <= 15) this.put(1 | (registers << 1), 5);
    else this.fits = false;
  }
}
