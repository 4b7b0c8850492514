/** What `plumbline check` can find, by name: whether it is wrong or only worth knowing, and what it means. */
export interface KindOfFinding {
  readonly severity: 'error' | 'warning';
  readonly title: string;
  /** A paragraph: what unwinders do with it, and what to do about it. */
  readonly about: string;
}

const kinds = {
  'entry-broken': {
    severity: 'error',
    title: 'an entry that cannot be read',
    about:
      'A CIE or FDE breaks the format, or its length leads out of the section. Nothing is known of its function, and a ' +
      'scan of the section may end there (DWARF 5, section 6.4.1; LSB, ".eh_frame").',
  },
  'instructions-broken': {
    severity: 'error',
    title: 'call frame instructions that cannot be executed',
    about:
      'From this instruction on, the function has no rows: an unknown opcode, an operand that leads out of the entry, a ' +
      'location that goes back, or a CFA that is changed where there is none (DWARF 5, section 6.4.2).',
  },
  'state-unbalanced': {
    severity: 'error',
    title: 'DW_CFA_restore_state without a remembered state',
    about:
      'The stack of remembered states belongs to the FDE and is empty here. Unwinders stop, or restore whatever lies ' +
      'there (DWARF 5, section 6.4.2.4).',
  },
  'state-left': {
    severity: 'warning',
    title: 'a remembered state that is never restored',
    about: 'Harmless, since the stack of states ends with the FDE; but usually a directive is missing behind it.',
  },
  'register-unknown': {
    severity: 'error',
    title: 'a rule for a register the architecture does not have',
    about:
      'The number is beyond the DWARF registers of the psABI. Careful unwinders ignore the rule; others have written ' +
      'beyond their table (CVE-2015-3239).',
  },
  'row-past-range': {
    severity: 'error',
    title: 'a row behind the end of its FDE',
    about: 'The instructions advance beyond the end of the range: that is too short, or an advance is too long.',
  },
  'row-at-end': {
    severity: 'warning',
    title: 'a row that begins where its FDE ends',
    about:
      'It holds for no instruction. Harmless, unless an unwinder looks a return address up without subtracting one: ' +
      'a compiler that ends a function with a call may write it.',
  },
  'cfa-impossible': {
    severity: 'error',
    title: 'a CFA that cannot be',
    about:
      'There is no rule for the CFA; or it is counted from SP and puts the return address or the caller’s frame below ' +
      'SP, or the caller’s SP where the ABI allows none: on x86-64 at multiples of 8, on AArch64 of 16 (System V psABI ' +
      'AMD64, section 3.2.2; AAPCS64, section 6.4.5).',
  },
  'expression-broken': {
    severity: 'error',
    title: 'an expression that can have no value',
    about:
      'Whatever the registers and the memory hold, it takes more from its stack than is there, divides by zero, breaks off ' +
      'in an operand, branches out of itself or for ever, or uses an operation that call frame information cannot ' +
      '(DWARF 5, sections 2.5.1 and 6.4.2). Careful unwinders end the walk here; others read below their stack or hang.',
  },
  'fde-outside-code': {
    severity: 'error',
    title: 'an FDE for addresses that are no code',
    about:
      'The range is not inside one executable segment: a wrong base of the pointer, or a relocation that is missing.',
  },
  'fde-overlap': {
    severity: 'error',
    title: 'FDEs of the same addresses',
    about: 'Which of the two an unwinder finds depends on how it searches.',
  },
  'fde-empty': {
    severity: 'warning',
    title: 'an FDE that covers nothing',
    about:
      'It may hide the real FDE of the same address in the table of .eh_frame_hdr, if the unwinder does not go on ' +
      'searching (mold #1648).',
  },
  'terminator-missing': {
    severity: 'warning',
    title: 'no zero length behind the last entry of .eh_frame',
    about:
      'Unwinders that are given only the address of the section go on into what lies behind it; the linker takes the ' +
      'word from crtend.o (rust #47551).',
  },
  'terminator-early': {
    severity: 'error',
    title: 'entries behind a zero length in .eh_frame',
    about: 'Whoever scans the section ends at the zero length: the functions behind it have no call frame information.',
  },
  'header-unusable': {
    severity: 'error',
    title: '.eh_frame_hdr cannot be used',
    about: 'Its version or an encoding is unknown, or it is too short. Unwinders that need the table find nothing.',
  },
  'header-without-table': {
    severity: 'warning',
    title: '.eh_frame_hdr has no search table',
    about: 'Every unwinding step must scan .eh_frame, or cannot be made at all (libunwind #161).',
  },
  'header-unsorted': {
    severity: 'error',
    title: 'the table of .eh_frame_hdr is not sorted',
    about: 'A binary search misses functions by chance.',
  },
  'header-entry-wrong': {
    severity: 'error',
    title: 'an entry of .eh_frame_hdr that leads to another function',
    about: 'The entry’s offset leads to no FDE, or to one that begins at another address than the entry says.',
  },
  'header-incomplete': {
    severity: 'error',
    title: 'an FDE that is not in the table of .eh_frame_hdr',
    about: 'Unwinders that search the table do not know the function.',
  },
  'code-without-fde': {
    severity: 'warning',
    title: 'a function without call frame information',
    about:
      'A symbol says that a function begins here, and no FDE covers it. Unwinding through it ends or is guesswork; for ' +
      'assembly, .cfi_startproc and .cfi_endproc are missing.',
  },
  'sections-differ': {
    severity: 'error',
    title: '.eh_frame and .debug_frame say different things',
    about: 'At this address the rows differ: exceptions and the debugger will not agree.',
  },
} as const satisfies Record<string, KindOfFinding>;

export type FindingKind = keyof typeof kinds;

export const kindsOfFindings: Readonly<Record<FindingKind, KindOfFinding>> = kinds;
