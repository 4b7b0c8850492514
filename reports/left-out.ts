const asked: ReadonlySet<string> = new Set(['rip', 'rsp', 'pc', 'sp']);

/** Whether an answer is not wrong in leaving a register out: there is none, or its unwinder lacks callee-saved registers. */
export function mayLeaveOut(verdict: string, lacks: readonly string[]): (register: string) => boolean {
  if (verdict === 'error') return () => true;
  return lacks.includes('callee-saved') ? (register) => !asked.has(register) : () => false;
}
