/** How a run ended. */
export interface RunOutcome {
  /**
   * `finished` – returned to the sentinel or made the exit system call; `fault` – the processor raised an exception
   * nobody handled; `limit` – it executed more instructions than allowed; `system-call` – it made one the harness does
   * not know; `abi` – a function returned without having preserved what the ABI obliges it to, so that the truth
   * about its caller is void.
   */
  readonly outcome: 'finished' | 'fault' | 'limit' | 'system-call' | 'abi';
  /** One line for people; empty where finished. */
  readonly detail: string;
  /** Number of executed instructions, each one a stop. */
  readonly executed: number;
  /** The exit system call's argument, or the integer the entry returned. */
  readonly exitStatus?: bigint;
}
