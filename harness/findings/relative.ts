import type { CfiDirective, PlacedDirective } from '../../generators/cfi/index.ts';

/**
 * How the offsets in directives came about. What the assembler writes down is absolute; but behind
 * `.cfi_adjust_cfa_offset` and `.cfi_rel_offset` they are what they are because of the directives before them, and are
 * others when those change (GNU as, "CFI directives").
 */
export const offsetModes = ['absolute', 'adjust', 'relative'] as const;

export type OffsetMode = (typeof offsetModes)[number];

/** A directive that may build on the CFA's offset before it. */
export interface BuiltDirective extends PlacedDirective {
  /** Bytes by which it changes the CFA's offset, as `.cfi_adjust_cfa_offset`. */
  readonly adjust?: number;
  /** Bytes from the CFA's register to the slot, as `.cfi_rel_offset`. */
  readonly slot?: number;
}

/** Says of directives how they build on one another; `cfaOffset` is what the CFA's offset is before the first. */
export function built(directives: readonly PlacedDirective[], cfaOffset: number, mode: OffsetMode): BuiltDirective[] {
  if (mode === 'absolute') return [...directives];
  const offset = new CfaOffset(cfaOffset);
  return directives.map((one) => {
    const { directive } = one;
    const before = offset.value;
    offset.follow(directive);
    if (isCfaOffset(directive)) return { ...one, adjust: directive.offset - before };
    if (mode === 'relative' && isSlot(directive)) return { ...one, slot: directive.offset + before };
    return one;
  });
}

/** The directives that the assembler makes of these. */
export function assembled(directives: readonly BuiltDirective[], cfaOffset: number): PlacedDirective[] {
  const offset = new CfaOffset(cfaOffset);
  return directives.map((one) => {
    let { directive } = one;
    if (one.adjust !== undefined && isCfaOffset(directive)) {
      directive = { ...directive, offset: offset.value + one.adjust };
    } else if (one.slot !== undefined && isSlot(directive)) {
      directive = { ...directive, offset: one.slot - offset.value };
    }
    offset.follow(directive);
    return { offset: one.offset, directive };
  });
}

/** What the assembler takes for the CFA's offset from one directive to the next. */
class CfaOffset {
  value: number;
  readonly #remembered: number[] = [];

  constructor(value: number) {
    this.value = value;
  }

  follow(directive: CfiDirective): void {
    if (directive.kind === 'defCfa' || directive.kind === 'defCfaSf' || isCfaOffset(directive)) {
      this.value = directive.offset;
    } else if (directive.kind === 'rememberState') this.#remembered.push(this.value);
    else if (directive.kind === 'restoreState') this.value = this.#remembered.pop() ?? this.value;
  }
}

type CfaOffsetDirective = Extract<CfiDirective, { kind: 'defCfaOffset' | 'defCfaOffsetSf' }>;
type SlotDirective = Extract<CfiDirective, { register: number; offset: number }>;

function isCfaOffset(directive: CfiDirective): directive is CfaOffsetDirective {
  return directive.kind === 'defCfaOffset' || directive.kind === 'defCfaOffsetSf';
}

function isSlot(directive: CfiDirective): directive is SlotDirective {
  return directive.kind === 'offset' || directive.kind === 'offsetExtended' || directive.kind === 'offsetExtendedSf';
}
