/**
 * Why debug information could not be used:
 * `invalid` – it breaks the format; `missing` – there is none for this address; `unsupported` – it is well-formed as
 * far as can be told, but uses something the engine does not implement; `unreadable` – it asks for memory that cannot
 * be read, or for a register whose value is not known.
 */
export type UnwindErrorKind = 'invalid' | 'missing' | 'unsupported' | 'unreadable';

/** Every error the engine throws: names the section, the byte offset in it, and what was expected there. */
export class UnwindError extends Error {
  override readonly name = 'UnwindError';
  readonly kind: UnwindErrorKind;
  /** Section or structure the offset counts in, such as `.eh_frame`. */
  readonly section: string;
  /** Byte offset in the section; -1 where the error belongs to the section as a whole. */
  readonly offset: number;

  constructor(kind: UnwindErrorKind, section: string, offset: number, expectation: string) {
    super(`${section}${offset < 0 ? '' : `+0x${offset.toString(16)}`}: ${expectation}`);
    this.kind = kind;
    this.section = section;
    this.offset = offset;
  }
}
