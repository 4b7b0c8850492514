import type { KindOfFinding } from '../check/kinds.ts';
import type { findingKinds } from '../record/survey.ts';

const kinds = {
  'wrong-cfa': {
    severity: 'error',
    title: 'the CFA is wrong',
    about:
      'The row leads to another place on the stack than where the caller’s frame begins, so that every register in a slot ' +
      'is read from the wrong one, and the caller’s SP is wrong. Nearly always the stack pointer has moved, or the frame ' +
      'pointer has been set up or given back, without a directive that says so: `.cfi_adjust_cfa_offset` belongs behind ' +
      'every push, pop, sub and add of SP while the CFA is counted from SP, `.cfi_def_cfa_register` behind the ' +
      'instruction that sets the frame pointer, `.cfi_restore_state` behind a return in the middle of a function.',
  },
  'wrong-return-address': {
    severity: 'error',
    title: 'the return address is not where the row says',
    about:
      'The CFA is right, but the caller’s PC is elsewhere: on AArch64 x30 has been saved or loaded again without ' +
      '`.cfi_offset x30` or `.cfi_restore x30`. The walk ends here or goes on in the wrong function.',
  },
  'wrong-register': {
    severity: 'error',
    title: 'a callee-saved register is not where the row says',
    about:
      'The walk reaches the caller, but with a wrong value in a register that the ABI has the function preserve; a caller ' +
      'whose CFA is based on it, an exception’s landing pad or a debugger’s variable is wrong then. A register that is ' +
      'saved needs `.cfi_offset` before the function changes it; one that has been loaded again, `.cfi_restore` before ' +
      'its slot is given up.',
  },
  'wrong-sign-state': {
    severity: 'error',
    title: 'the row does not say that the return address is signed',
    about:
      'The return address carries a pointer authentication code, which an unwinder must take off. `.cfi_negate_ra_state` ' +
      'belongs behind every paciasp and autiasp (DWARF for the Arm 64-bit Architecture, "DW_CFA_AARCH64_negate_ra_state").',
  },
  'wrong-end': {
    severity: 'error',
    title: 'the end of the stack is not where the row says',
    about:
      'The outermost function has no caller, and its rows must say so with `.cfi_undefined` of the return address; all ' +
      'others must not. Without it, an unwinder goes on with whatever lies on the stack.',
  },
  'unusable-row': {
    severity: 'error',
    title: 'the call frame information cannot be used here',
    about:
      'The instructions of the FDE break before this place, most often by `.cfi_restore_state` without a state that was ' +
      'remembered: the unwinder has no row at all.',
  },
  'no-row': {
    severity: 'error',
    title: 'code that ran has no call frame information',
    about:
      'No FDE covers the instruction, so that walks through the function end there. In assembly `.cfi_startproc` and ' +
      '`.cfi_endproc` are missing; compilers leave it out with `-fno-asynchronous-unwind-tables`.',
  },
  'unexplained-row': {
    severity: 'error',
    title: 'a row that contradicts the execution, without a proposal',
    about:
      'The row gives other values than the execution showed, and no change of one directive makes it right at every stop: ' +
      'several may be wrong, or what is right cannot be said by a register and an offset.',
  },
  'engine-fault': {
    severity: 'error',
    title: 'the engine does not do what the row says',
    about:
      'The call frame information is right by the execution, or readelf reads another row: Plumbline’s own engine is at ' +
      'fault. Please report it, with the file.',
  },
} as const satisfies Record<(typeof findingKinds)[number], KindOfFinding>;

export type ExecFindingKind = keyof typeof kinds;

export const kindsOfExecFindings: Readonly<Record<ExecFindingKind, KindOfFinding>> = kinds;
