// include/uapi/asm-generic/signal.h, signal-defs.h
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SIGKILL = 9;
const SIGSTOP = 19;
const lastSignal = 64;
const SA_RESTORER = 0x04000000n;
const SA_ONSTACK = 0x08000000n;
const SA_NODEFER = 0x40000000n;
const SA_RESETHAND = 0x80000000n;
/** SIGCHLD, SIGCONT, SIGURG, SIGWINCH: nothing happens unless they are handled. */
const ignored: ReadonlySet<number> = new Set([17, 18, 23, 28]);

export const SS_DISABLE = 2;
/** `si_code` of kill and of tgkill. */
export const SI_USER = 0;
export const SI_TKILL = -6;

/** What a program wants done about a signal: struct sigaction of the kernel. */
export interface SignalAction {
  readonly handler: bigint;
  readonly flags: bigint;
  readonly restorer: bigint;
  readonly mask: bigint;
}

export interface AlternateStack {
  readonly address: bigint;
  readonly size: number;
}

/** A signal that is to be delivered to a handler of the program. */
export interface CaughtSignal {
  readonly kind: 'caught';
  readonly number: number;
  readonly code: number;
  readonly handler: bigint;
  /** Where the handler returns to; undefined where the program does not say and the kernel's own code is it. */
  readonly restorer: bigint | undefined;
  readonly onAlternateStack: boolean;
  /** Signals that were blocked before, which sigreturn blocks again. */
  readonly mask: bigint;
}

const noAction: SignalAction = { handler: SIG_DFL, flags: 0n, restorer: 0n, mask: 0n };

export const isSignal = (number: number): boolean => number >= 1 && number <= lastSignal;
export const isCatchable = (number: number): boolean => number !== SIGKILL && number !== SIGSTOP;

const bit = (number: number): bigint => 1n << BigInt(number - 1);

/** A process's signals: what it wants done, what it blocks and what waits. */
export class Signals {
  alternate: AlternateStack | undefined;
  #mask = 0n;
  readonly #actions = new Map<number, SignalAction>();
  /** Number → `si_code`. */
  readonly #waiting = new Map<number, number>();

  get mask(): bigint {
    return this.#mask;
  }

  get pending(): bigint {
    return [...this.#waiting.keys()].reduce((set, number) => set | bit(number), 0n);
  }

  setMask(mask: bigint): void {
    this.#mask = mask & ~bit(SIGKILL) & ~bit(SIGSTOP);
  }

  action(number: number): SignalAction {
    return this.#actions.get(number) ?? noAction;
  }

  setAction(number: number, action: SignalAction): void {
    this.#actions.set(number, action);
  }

  raise(number: number, code: number): void {
    if (!this.#waiting.has(number)) this.#waiting.set(number, code);
  }

  /**
   * The next signal that is not blocked, taken from those that wait: one to deliver, or one that ends the process. From
   * then on its handler's signals are blocked.
   */
  next(): CaughtSignal | { readonly kind: 'deadly'; readonly number: number } | undefined {
    for (const number of [...this.#waiting.keys()].sort((a, b) => a - b)) {
      if ((this.#mask & bit(number)) !== 0n) continue;
      const code = this.#waiting.get(number)!;
      this.#waiting.delete(number);
      const action = this.action(number);
      if (action.handler === SIG_IGN || (action.handler === SIG_DFL && ignored.has(number))) continue;
      return action.handler === SIG_DFL ? { kind: 'deadly', number } : this.#catch(number, code, action);
    }
    return undefined;
  }

  #catch(number: number, code: number, { handler, flags, restorer, mask }: SignalAction): CaughtSignal {
    const before = this.#mask;
    this.setMask(before | mask | ((flags & SA_NODEFER) !== 0n ? 0n : bit(number)));
    if ((flags & SA_RESETHAND) !== 0n) this.#actions.delete(number);
    return {
      kind: 'caught',
      number,
      code,
      handler,
      restorer: (flags & SA_RESTORER) !== 0n ? restorer : undefined,
      onAlternateStack: (flags & SA_ONSTACK) !== 0n && this.alternate !== undefined,
      mask: before,
    };
  }
}
