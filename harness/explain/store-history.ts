import type { MemoryWindow } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';

/** The instruction that last changed a word of the stack. */
export interface Store {
  readonly pc: bigint;
  /** The register file before it executed. */
  readonly registers: Uint32Array;
  /** Frames behind the one that executed it. */
  readonly depth: number;
  /** The kernel wrote it while it delivered a signal. */
  readonly byKernel: boolean;
}

/**
 * Knows who wrote each word of the stacks in use, by comparing them from stop to stop. A store of the value that is
 * there already goes unnoticed: the word then counts as written by whoever put the value there first.
 */
export class StoreHistory {
  readonly #stores = new Map<bigint, Store>();
  readonly #copies = new Map<MemoryWindow, BigUint64Array>();
  #before:
    | { readonly pc: bigint; readonly registers: Uint32Array; readonly depth: number; trampoline: boolean }
    | undefined;

  /** Takes in a stop, in the order of execution. */
  add(stop: Stop): void {
    const { pc, sp } = stop.architecture;
    const window = windowAt(stop, sp);
    if (window !== undefined) this.#compare(window, stop);
    const registers = Uint32Array.from(stop.registers);
    this.#before = { pc: word(registers, pc), registers, depth: stop.depth, trampoline: hasTrampoline(stop) };
  }

  /** Who wrote the word at an address; undefined where nobody has since the run began. */
  at(address: bigint): Store | undefined {
    return this.#stores.get(address);
  }

  #compare(window: MemoryWindow, stop: Stop): void {
    const { quads } = window;
    const copy = this.#copies.get(window);
    if (copy === undefined) {
      this.#copies.set(window, BigUint64Array.from(quads));
      return;
    }
    const before = this.#before;
    const byKernel = before !== undefined && !before.trampoline && hasTrampoline(stop);
    const start = (BigInt(window.startHi) << 32n) | BigInt(window.startLo);
    for (let i = 0; i < quads.length; i++) {
      const value = quads[i]!;
      if (value === copy[i]) continue;
      copy[i] = value;
      if (before !== undefined) this.#stores.set(start + 8n * BigInt(i), { ...before, byKernel });
    }
  }
}

/** The window that a register points into or just behind. */
export function windowAt(stop: Stop, column: number): MemoryWindow | undefined {
  const address = word(stop.registers, column);
  return stop.memory.windows.find((window) => {
    const start = (BigInt(window.startHi) << 32n) | BigInt(window.startLo);
    return address >= start && address <= start + BigInt(window.size);
  });
}

function hasTrampoline(stop: Stop): boolean {
  return stop.callers?.kind === 'trampoline';
}

function word(registers: Uint32Array, column: number): bigint {
  return (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!);
}
