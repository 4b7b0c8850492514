import { cfi } from '../../cfi/index.ts';
import type { HandWriter } from './hand-writer.ts';

/** Says in CFI where the caller's values of registers are while they move from register to register. */
export class Whereabouts {
  readonly #hand: HandWriter;
  /** Register → the register whose caller's value it holds. */
  readonly #contents = new Map<number, number>();
  /** Register → where its caller's value is, as the CFI has it. */
  readonly #stated = new Map<number, number>();

  constructor(hand: HandWriter, registers: readonly number[]) {
    this.#hand = hand;
    for (const register of registers) {
      this.#contents.set(register, register);
      this.#stated.set(register, register);
    }
  }

  /** One instruction has moved `from` to `to`, for each pair at once. */
  moved(...pairs: readonly (readonly [to: number, from: number])[]): void {
    const moved = pairs.map(([to, from]) => [to, this.#contents.get(from)] as const);
    for (const [to, content] of moved) {
      if (content === undefined) this.#contents.delete(to);
      else this.#contents.set(to, content);
    }
    this.#state();
  }

  /** An instruction has overwritten a register. */
  lost(register: number): void {
    this.#contents.delete(register);
    this.#state();
  }

  #state(): void {
    for (const [register, stated] of this.#stated) {
      if (this.#contents.get(stated) === register && this.#contents.get(register) !== register) continue;
      const home = this.#contents.get(register) === register;
      const [place] = home ? [register] : ([...this.#contents].find(([, content]) => content === register) ?? []);
      if (place === undefined) throw new Error(`the value of register ${register} is lost`);
      if (place === stated) continue;
      this.#stated.set(register, place);
      this.#hand.cfi(home ? cfi.restore(register) : cfi.register(register, place));
    }
  }
}
