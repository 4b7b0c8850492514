import type { Architecture, Row } from '../../engine/index.ts';
import { CfaKind, RuleKind } from '../../engine/index.ts';
import { applyByHand, trueRegisters } from '../exec/row-by-hand.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { FunctionEvidence, PlaceEvidence, Rightness } from './evidence.ts';
import { FrameWords } from './frame-words.ts';
import type { FunctionCfi } from './function-cfi.ts';
import { PlaceFacts } from './place-facts.ts';

/** Gathers what the stops of some functions show; every stop of an execution is to be given to it. */
export class EvidenceGatherer {
  readonly #architecture: Architecture;
  readonly #functions: readonly GatheredFunction[];
  readonly #byPc = new Map<bigint, PlaceFacts | undefined>();
  readonly #rowAt: (address: bigint) => Row | undefined;
  readonly #words: FrameWords;

  /** `rowAt`: the file's row for an address, undefined where there is none or it is unusable. */
  constructor(
    architecture: Architecture,
    functions: readonly FunctionCfi[],
    rowAt: (address: bigint) => Row | undefined,
  ) {
    this.#architecture = architecture;
    this.#functions = functions.map((cfi) => ({ cfi, facts: [] }));
    this.#rowAt = rowAt;
    this.#words = new FrameWords(architecture);
  }

  add(stop: Stop): void {
    // Signal trampolines and what a program declares about its ends are no ordinary functions.
    if (stop.callers?.kind === 'interrupted' || stop.declared !== undefined) return;
    const pc = readColumn(stop.registers, this.#architecture.pc);
    let facts = this.#byPc.get(pc);
    if (facts === undefined && !this.#byPc.has(pc)) {
      facts = this.#open(pc);
      this.#byPc.set(pc, facts);
    }
    if (facts === undefined) return;
    this.#words.look(stop, facts.slots);
    facts.add(stop, this.#words, facts.row === undefined ? undefined : rightnessOf(facts.row, stop));
  }

  get evidence(): FunctionEvidence[] {
    return this.#functions
      .filter(({ facts }) => facts.length > 0)
      .map(({ cfi, facts }) => {
        const places = facts.map((one) => one.evidence).sort((a, b) => a.offset - b.offset);
        return { module: cfi.module, section: cfi.section, fde: cfi.offset, places };
      });
  }

  #open(pc: bigint): PlaceFacts | undefined {
    const found = this.#functions.find(({ cfi }) => pc >= cfi.start && pc < cfi.end);
    if (found === undefined) return undefined;
    const { cfi } = found;
    const row = this.#rowAt(pc);
    const facts = new PlaceFacts(
      this.#architecture,
      Number(pc - cfi.start),
      returnColumn(this.#architecture, cfi),
      slotsOf(cfi),
      row !== undefined && needsHand(row, this.#architecture) ? row : undefined,
    );
    found.facts.push(facts);
    return facts;
  }
}

interface GatheredFunction {
  readonly cfi: FunctionCfi;
  readonly facts: PlaceFacts[];
}

function returnColumn(architecture: Architecture, { fde }: FunctionCfi): number {
  const usual = architecture.link < 0 ? architecture.pc : architecture.link;
  return architecture.dwarfToColumn[fde?.cie.returnColumn ?? -1] ?? usual;
}

/** Slots the information names, however far away they are. */
function slotsOf({ fde }: FunctionCfi): number[] {
  const offsets = new Set<number>();
  for (const { directive } of fde?.directives ?? []) {
    if ('offset' in directive && 'register' in directive && !directive.kind.startsWith('defCfa')) {
      offsets.add(directive.offset);
    }
  }
  return [...offsets];
}

/** Whether facts about registers and slots do not tell all about a row. */
function needsHand(row: Row, { sp }: Architecture): boolean {
  if (row.cfaKind === CfaKind.expression) return true;
  for (let rule = 0; rule < row.ruleCount; rule++) {
    const kind = row.ruleKind[rule]!;
    if (row.ruleColumn[rule] === sp || kind === RuleKind.valOffset || kind >= RuleKind.expression) return true;
  }
  return false;
}

function rightnessOf(row: Row, stop: Stop): NonNullable<PlaceEvidence['row']> | undefined {
  const { callers } = stop;
  if (callers === null) return undefined;
  const { pc, sp, calleeSaved } = stop.architecture;
  const registers = applyByHand(row, trueRegisters(stop, undefined), stop);
  const rightness = (column: number): Rightness => {
    const value = registers[column];
    if (value === 'undecided') return value;
    return value === readColumn(callers.registers, column) ? 'right' : 'wrong';
  };
  const rules: Record<number, Rightness> = { [row.returnColumn]: rightness(pc) };
  for (const column of calleeSaved) if (callers.compared[column] === 1) rules[column] = rightness(column);
  return { cfa: rightness(sp), rules };
}
