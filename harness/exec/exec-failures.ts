import { type Architecture, formatRow, type Module, type Row, UnwindError } from '../../engine/index.ts';
import type { RunOutcome } from '../execution/outcome.ts';
import type { FunctionSymbol, FunctionSymbols } from '../loader/function-symbols.ts';
import type { LoadedImage, LoadedModule } from '../loader/image.ts';
import { moduleAt, moduleLabel } from '../loader/module-at.ts';
import { toOracleRow } from '../oracles/index.ts';
import { divergenceMessage, divergenceName } from '../runner/divergence-text.ts';
import type { Explainer } from '../runner/explain.ts';
import { culprit, type Failure, type FailureSink, lookupAddress } from '../runner/failure-groups.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { LeavingFunctions } from './leaving-functions.ts';
import { type KeyedFailures, OverwrittenReturns } from './overwritten-returns.ts';
import type { ExecFailure, RowText } from './result.ts';
import { type RowFault, rowFaultOf } from './row-fault.ts';

/** Groups explained at length. */
const explained = 4;
/** So many stops of a group are evaluated by hand, and then one of so many: the evaluation takes longer than unwinding. */
const examined = 1024;
const sampled = 64;

/** What holds at an address. */
interface RowHere {
  readonly row: Row | undefined;
  /** Why it cannot be used. */
  readonly error?: UnwindError;
  /** As reports print it. */
  readonly printed: string;
  readonly text: RowText | null;
  readonly function: string;
  readonly module: string;
  /** First address of the function, as the file has it. */
  readonly functionStart: string;
  /** The address as the file has it. */
  readonly linked: string;
}

/** Collects failing stops by function, CFI row and divergence, with what is needed to tell who is to blame. */
export class ExecFailures implements FailureSink {
  readonly #architecture: Architecture;
  readonly #modules: ReadonlyMap<string, readonly Module[]>;
  readonly #image: LoadedImage;
  readonly #symbols: FunctionSymbols;
  readonly #explainer: Explainer;
  readonly #groups = new Map<string, ExecFailure>();
  readonly #rows = new Map<string, RowHere>();
  readonly #overwritten = new OverwrittenReturns();
  readonly #leaving = new LeavingFunctions();
  /** Where functions begin that have left their frames otherwise than by returning. */
  readonly #leavers = new Set<string>();

  /** `modules`: by unwinder, where it reads rows from. */
  constructor(
    image: LoadedImage,
    modules: ReadonlyMap<string, readonly Module[]>,
    symbols: FunctionSymbols,
    explainer: Explainer,
  ) {
    this.#architecture = image.architecture;
    this.#image = image;
    this.#modules = modules;
    this.#symbols = symbols;
    this.#explainer = explainer;
  }

  get groups(): ExecFailure[] {
    return Array.from(this.#groups.values(), (group) =>
      group.contradiction === 'contradicts' && group.row !== '' && this.#leavers.has(group.functionStart)
        ? { ...group, contradiction: 'left' }
        : group,
    );
  }

  add(failure: Failure): void {
    const { stop, divergence, verdict, unwinder } = failure;
    const from = culprit(stop, divergence);
    const here = this.#rowAt(unwinder, lookupAddress(stop, from));
    const name = divergence === undefined ? 'exception' : divergenceName(divergence, this.#architecture);
    const key = [unwinder, verdict, here.module, here.function, here.printed, name].join('\0');
    const known = this.#groups.get(key);
    if (known !== undefined && known.count >= examined && known.count % sampled !== 0) {
      known.count++;
      if (!known.lookups.includes(here.linked)) known.lookups.push(here.linked);
      return;
    }
    const contradiction = rowFaultOf(failure, from, here.row, (address) => this.#lookup(unwinder, address));
    const make = () => this.#start(failure, from, here, name, contradiction);
    if (contradiction === 'overwritten') this.#overwritten.add(stop, from, key, here.linked, make);
    else {
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, make());
      else join(group, { count: 1, lookups: [here.linked], contradiction });
    }
  }

  /** To be told of every stop before it is judged. */
  passing(stop: Stop): void {
    const returned = this.#overwritten.returned(stop);
    if (returned !== undefined) this.#addAll(returned, 'contradicts');
    const left = this.#leaving.passing(stop);
    if (left === undefined) return;
    for (const unwinder of this.#modules.keys()) this.#leavers.add(this.#rowAt(unwinder, left).functionStart);
  }

  /** To be told of the end of every call: where it came to that, so did all that was called in it. */
  endOfCall({ outcome }: Pick<RunOutcome, 'outcome'>): void {
    this.#leaving.restart();
    for (const left of this.#overwritten.left()) {
      this.#addAll(left, outcome === 'finished' ? 'contradicts' : 'overwritten');
    }
  }

  #addAll(failures: KeyedFailures, contradiction: RowFault): void {
    for (const [key, failure] of failures) {
      const own = contradiction === 'overwritten' ? `${key}\0overwritten` : key;
      const group = this.#groups.get(own);
      if (group === undefined) this.#groups.set(own, { ...failure, contradiction });
      else join(group, { ...failure, contradiction });
    }
  }

  #start(
    failure: Failure,
    from: TrueFrame | undefined,
    here: RowHere,
    name: string,
    contradiction: RowFault,
  ): ExecFailure {
    const { stop, divergence, verdict, unwinder } = failure;
    const isExplained = this.#groups.size + this.#overwritten.size < explained;
    const explanation = isExplained ? this.#explainer.explain(failure, from) : undefined;
    return {
      unwinder,
      verdict,
      function: here.function,
      module: here.module,
      row: here.printed,
      rowText: here.text,
      section: here.row?.section ?? '',
      divergence: name,
      count: 1,
      lookups: [here.linked],
      functionStart: here.functionStart,
      contradiction,
      example: {
        run: failure.run,
        stop: stop.index,
        pc: hex(readColumn(stop.registers, this.#architecture.pc)),
        message: failure.problem ?? divergenceMessage(divergence!, failure.frames, stop),
        ...(explanation !== undefined && { explanation }),
      },
    };
  }

  addProblem(unwinder: string, kind: string, message: string, run: number, stop: number, pc: bigint): void {
    this.#groups.set([unwinder, kind].join('\0'), {
      unwinder,
      verdict: 'error',
      function: this.#symbols.at(pc)?.name ?? '',
      module: '',
      row: '',
      rowText: null,
      section: '',
      divergence: kind,
      count: 1,
      lookups: [],
      functionStart: hex(pc),
      contradiction: 'undecided',
      example: { run, stop, pc: hex(pc), message },
    });
  }

  #lookup(unwinder: string, address: bigint): Row | undefined {
    const { row, error } = this.#rowAt(unwinder, address);
    if (error !== undefined) throw error;
    return row;
  }

  #rowAt(unwinder: string, address: bigint): RowHere {
    const key = `${unwinder} ${address}`;
    let here = this.#rows.get(key);
    if (here === undefined) {
      here = this.#describe(this.#modules.get(unwinder) ?? [], address);
      this.#rows.set(key, here);
    }
    return here;
  }

  #describe(modules: readonly Module[], address: bigint): RowHere {
    const symbol = this.#symbols.at(address);
    const loaded: LoadedModule | undefined = moduleAt(this.#image, address);
    const bias = loaded?.loadBias ?? 0n;
    const place = {
      ...this.#functionAt(symbol, address, loaded),
      module: loaded === undefined ? '' : moduleLabel(loaded),
      linked: hex(BigInt.asUintN(64, address - bias)),
    };
    try {
      for (const module of modules) {
        const row = module.rowAt(address);
        if (row === undefined) continue;
        const { cfa, rules } = toOracleRow(row, this.#architecture);
        const text = { cfa, rules: Object.fromEntries(rules) };
        return {
          ...place,
          ...this.#functionAt(symbol, address, loaded, row),
          row,
          printed: formatRow(row, this.#architecture),
          text,
        };
      }
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      return { ...place, row: undefined, error, printed: `unusable: ${error.message}`, text: null };
    }
    return { ...place, row: undefined, printed: '', text: null };
  }

  /** Code without a symbol is called by the first address its FDE covers, or else by its section. */
  #functionAt(symbol: FunctionSymbol | undefined, address: bigint, loaded: LoadedModule | undefined, row?: Row) {
    const section = loaded?.elf.sections.find(({ index, size }) => {
      const start = loaded.sectionAddress[index] ?? 0n;
      return start !== 0n && address >= start && address < start + BigInt(size);
    });
    const covered = row === undefined ? undefined : (BigInt(row.functionHi) << 32n) | BigInt(row.functionLo);
    const sectionStart = section === undefined ? undefined : loaded!.sectionAddress[section.index];
    const start = symbol?.address ?? covered ?? sectionStart ?? address;
    const linked = hex(BigInt.asUintN(64, start - (loaded?.loadBias ?? 0n)));
    const unnamed = covered === undefined && section !== undefined ? section.name : hex(start);
    return { function: symbol?.name ?? unnamed, functionStart: linked };
  }
}

function join(group: ExecFailure, more: Pick<ExecFailure, 'count' | 'lookups' | 'contradiction'>): void {
  group.count += more.count;
  for (const lookup of more.lookups) if (!group.lookups.includes(lookup)) group.lookups.push(lookup);
  if (weight[more.contradiction] > weight[group.contradiction]) group.contradiction = more.contradiction;
}

/** Of the stops of a group, the one that speaks most against the engine counts. */
const weight = { contradicts: 0, overwritten: 0, left: 0, undecided: 1, disobeyed: 2, agrees: 3 } as const;

const hex = (value: bigint): string => `0x${value.toString(16)}`;
