import { type CfiDirective, cfi, type PlacedDirective } from '../../generators/cfi/index.ts';
import { added, type Edit, replaced } from './edit.ts';
import type { Evaluation, Evaluator } from './evaluate.ts';
import type { PlaceEvidence } from './evidence.ts';
import type { FunctionCode } from './function-code.ts';
import { directivesFor, otherForms } from './part-directives.ts';
import { placeOf } from './place-of.ts';
import { assembled, type BuiltDirective, built, type OffsetMode, offsetModes } from './relative.ts';
import { isAlike, suspectsOf } from './suspects.ts';

/** Directives behind a place, or places behind a directive, that a move is tried with. */
const mostMoves = 8;

/**
 * Edits that may make the row right at a place of the evidence, its number given, where parts of it are wrong. What
 * they are worth only shows when they are evaluated.
 */
export function candidateEdits(
  evaluator: Evaluator,
  code: FunctionCode,
  directives: readonly PlacedDirective[],
  evaluation: Evaluation,
  number: number,
): Edit[] {
  const seen = new Set<string>();
  return offsetModes
    .flatMap((mode) => new CandidateMaker(evaluator, code, directives, evaluation, number, mode).edits())
    .filter((edit) => {
      const { directive } = edit;
      const key = JSON.stringify([edit.action, edit.offset, edit.directives, directive?.kind, edit.instead?.offset]);
      return !seen.has(key) && seen.add(key);
    });
}

/** Makes the edits for one way in which offsets build on one another. */
class CandidateMaker {
  readonly #evaluator: Evaluator;
  readonly #code: FunctionCode;
  readonly #number: number;
  readonly #place: PlaceEvidence;
  readonly #evaluation: Evaluation;
  readonly #directives: readonly BuiltDirective[];
  readonly #cfaOffset: number;
  readonly #isAbsolute: boolean;
  readonly #edits: Edit[] = [];

  constructor(
    evaluator: Evaluator,
    code: FunctionCode,
    directives: readonly PlacedDirective[],
    evaluation: Evaluation,
    number: number,
    mode: OffsetMode,
  ) {
    const { cfa } = evaluator.initial;
    this.#evaluator = evaluator;
    this.#code = code;
    this.#number = number;
    this.#place = evaluator.places[number]!;
    this.#evaluation = evaluation;
    this.#cfaOffset = cfa !== undefined && 'offset' in cfa ? cfa.offset : 0;
    this.#directives = built(directives, this.#cfaOffset, mode);
    this.#isAbsolute = mode === 'absolute';
  }

  edits(): Edit[] {
    const { offset } = this.#place;
    for (const part of this.#evaluation.wrong[this.#number]!) {
      const row = this.#evaluation.table.at(offset);
      const suspects = suspectsOf(part, this.#directives, offset, this.#evaluator);
      const { architecture, initial } = this.#evaluator;
      for (const directive of directivesFor(part, row, this.#place, architecture, initial)) {
        this.#add(directive);
        for (const instead of suspects) if (isAlike(directive, instead.directive)) this.#replace(instead, directive);
      }
      for (const instead of suspects) {
        for (const directive of otherForms(instead.directive, this.#place, architecture))
          this.#replace(instead, directive);
        this.#push('remove', instead.offset, replaced(this.#directives, instead), { instead });
        const later = this.#evaluator.places.slice(this.#number + 1, this.#number + 1 + mostMoves);
        for (const place of later) this.#move(instead, place.offset);
      }
    }
    const behind = this.#directives.filter((one) => one.offset > offset);
    for (const later of behind.slice(0, mostMoves)) this.#move(later, offset);
    this.#insert(offset, cfi.restoreState(), true);
    if (this.#evaluation.wrong[this.#number]!.includes('unusable')) this.#remember();
    return this.#edits;
  }

  /** Where the directive came true, or at the place itself. */
  #add(directive: CfiDirective): void {
    const { offset } = this.#place;
    const place = placeOf(directive, this.#evaluator, this.#code, this.#number);
    // Two registers are equal by chance, nearly always with 0 in them, where no instruction has made them so.
    if (place === undefined && directive.kind === 'register') return;
    if (place !== undefined) this.#insert(place, directive, true);
    if (place !== offset) this.#insert(offset, directive, false);
  }

  #insert(offset: number, directive: CfiDirective, isMade: boolean): void {
    const one = { offset, directive };
    const adjust = this.#adjustOf(directive);
    const extra = { directive, isMade, ...(adjust !== undefined && { adjust }) };
    this.#push('add', offset, added(this.#directives, one), extra);
    if (this.#directives.some((other) => other.offset === offset)) {
      this.#push('add', offset, added(this.#directives, one, true), extra);
    }
  }

  /** A state that is restored and was not remembered: it may have been meant to be, anywhere before. */
  #remember(): void {
    const { places } = this.#evaluator;
    const starts = [...this.#directives, ...places].map((one) => one.offset).filter((one) => one <= this.#place.offset);
    for (const offset of [...new Set(starts)].sort((a, b) => b - a)) this.#insert(offset, cfi.rememberState(), true);
  }

  #replace(instead: BuiltDirective, directive: CfiDirective): void {
    const { offset } = instead;
    const { places } = this.#evaluator;
    const number = places.findIndex((place) => place.offset === offset);
    const isMade = number < 0 || placeOf(directive, this.#evaluator, this.#code, number) !== undefined;
    const adjust =
      this.#isAbsolute || instead.adjust === undefined || directive.kind !== 'defCfaOffset'
        ? undefined
        : directive.offset - this.#offsetBefore(instead);
    const extra = { directive, instead, isMade, ...(adjust !== undefined && { adjust }) };
    this.#push('replace', offset, replaced(this.#directives, instead, directive), extra);
  }

  #move(instead: BuiltDirective, offset: number): void {
    const { directive, adjust } = instead;
    const one = { offset, directive, ...(adjust !== undefined && { adjust }) };
    const rest = replaced(this.#directives, instead);
    const extra = { directive, instead, ...(adjust !== undefined && { adjust }) };
    this.#push('move', offset, added(rest, one, true), extra);
    if (offset < instead.offset) this.#push('move', offset, added(rest, one), extra);
  }

  #push(
    action: Edit['action'],
    offset: number,
    directives: readonly BuiltDirective[],
    extra: Partial<Pick<Edit, 'directive' | 'instead' | 'adjust' | 'isMade'>>,
  ): void {
    this.#edits.push({
      action,
      offset,
      isMade: true,
      ...extra,
      directives: assembled(directives, this.#cfaOffset),
    });
  }

  /** By how much a directive changes the CFA's offset at the place; undefined where it does more or less than that. */
  #adjustOf(directive: CfiDirective): number | undefined {
    const row = this.#evaluation.table.at(this.#place.offset);
    if (directive.kind !== 'defCfaOffset' || 'malformed' in row || row.cfa === undefined) return undefined;
    return 'column' in row.cfa ? directive.offset - row.cfa.offset : undefined;
  }

  /** The CFA's offset in front of a directive that changes it. */
  #offsetBefore({ directive, adjust }: BuiltDirective): number {
    return directive.kind === 'defCfaOffset' ? directive.offset - adjust! : 0;
  }
}
