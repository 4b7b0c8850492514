import { GeneralStep } from '../../engine/general-step.ts';
import { type AddressSpace, type FrameCursor, type Memory, Step } from '../../engine/index.ts';

/**
 * Goes from frame to frame by rows alone: each is looked up, and each step is the general one. What the engine's own
 * cursors know besides – plain rules, caches, windows of memory – must not make a difference to this.
 */
export class GeneralCursor implements FrameCursor {
  readonly #space: AddressSpace;
  readonly #general: GeneralStep;
  #exact = true;

  constructor(space: AddressSpace) {
    this.#space = space;
    this.#general = new GeneralStep(space.architecture);
  }

  get isSignalFrame(): boolean {
    return this.#general.isSignalFrame;
  }

  resume(
    memory: Memory,
    values: Uint32Array,
    known: Uint8Array,
    columns: number,
    exact: boolean,
    pacMaskLo: number,
    pacMaskHi: number,
  ): void {
    const { frame } = this.#general;
    const { columnCount } = this.#space.architecture;
    frame.values.set(values.subarray(2 * columns, 2 * (columns + columnCount)));
    frame.known.set(known.subarray(columns, columns + columnCount));
    frame.memory = memory;
    frame.pacMaskLo = pacMaskLo;
    frame.pacMaskHi = pacMaskHi;
    this.#exact = exact;
    this.#general.isSignalFrame = false;
  }

  step(): number {
    const general = this.#general;
    const { values } = general.frame;
    const { pc } = this.#space.architecture;
    general.isSignalFrame = false;
    const address = (BigInt(values[2 * pc + 1]!) << 32n) | BigInt(values[2 * pc]!);
    // A return address may lie behind what the row of its call covers.
    const inside = BigInt.asUintN(64, this.#exact ? address : address - 1n);
    const found = this.#space.lookup(Number(inside & 0xffff_ffffn), Number(inside >> 32n), general.row);
    const step = general.step(found, this.#exact ? 1 : 0);
    if (step === Step.caller) this.#exact = general.isSignalFrame;
    return step;
  }

  copyTo(values: Uint32Array, known: Uint8Array, columns: number): void {
    const { frame } = this.#general;
    const { columnCount } = this.#space.architecture;
    values.set(frame.values.subarray(0, 2 * columnCount), 2 * columns);
    known.set(frame.known.subarray(0, columnCount), columns);
  }
}
