import { type ElfFile, ET_REL } from '../../engine/index.ts';
import type { LoadedImage, LoadedModule } from '../loader/image.ts';
import { moduleLabel } from '../loader/module-at.ts';
import { stubModuleName } from '../loader/process/stub-module.ts';
import { engineFdes, type OracleFde, type OracleRow, rowDifferences } from '../oracles/index.ts';
import { openingProblems } from '../runner/judged-unwinder.ts';
import { readelfRows } from './readelf-rows.ts';
import type { ExecFailure } from './result.ts';

/**
 * Who is to blame for a failure: `producer` – whoever wrote the call frame information; `engine`; `program` – it did
 * not run to its end, or broke the ABI; `unknown` – there is nothing independent to tell by.
 */
export type Blame = 'producer' | 'engine' | 'program' | 'unknown';

export interface Attribution {
  readonly blame: Blame;
  /** One line: why. */
  readonly reason: string;
}

/** What readelf says of a file, or why it says nothing. */
export type ReadelfRows = { readonly fdes: readonly OracleFde[] } | { readonly unavailable: string };

/**
 * Attributes failures: to the producer where readelf reads the same row and the row contradicts the execution; to the
 * engine where readelf reads another row, where the row gives what execution showed, or where the answer is not what
 * the rows say.
 */
export class Attributor {
  readonly #rows: ReadelfRows;

  /** `file`: as it is on disk; `linked`: as it was loaded, which differs for object files. */
  constructor(rows: ReadelfRows, file: ElfFile, linked: ElfFile) {
    this.#rows = 'fdes' in rows && file.type === ET_REL ? { fdes: relocated(rows.fdes, engineFdes(linked)) } : rows;
  }

  attribute(failure: ExecFailure): Attribution {
    if (failure.lookups.length === 0) {
      const blame = failure.divergence === openingProblems.refused ? 'producer' : 'engine';
      return { blame, reason: `${failure.divergence}: ${failure.example.message}` };
    }
    if (failure.divergence === 'exception') return { blame: 'engine', reason: 'the unwinder crashed' };
    if (failure.contradiction === 'agrees') {
      return { blame: 'engine', reason: 'evaluated by hand, its row gives what execution showed' };
    }
    if (failure.contradiction === 'disobeyed') {
      return {
        blame: 'engine',
        reason: 'evaluated by hand, the rows give neither what execution showed nor its answer',
      };
    }
    if (failure.contradiction === 'overwritten') {
      return {
        blame: 'program',
        reason: 'it has overwritten the return address that the call pushed, and never returned',
      };
    }
    if (failure.contradiction === 'left') {
      return {
        blame: 'program',
        reason:
          'it leaves for another frame, as longjmp and the throwing of exceptions do: its rows may say where it goes',
      };
    }
    if (!('fdes' in this.#rows)) return { blame: 'unknown', reason: this.#rows.unavailable };
    for (const lookup of failure.lookups) {
      const difference = this.#difference(failure, BigInt(lookup), this.#rows.fdes);
      if (difference !== undefined) return { blame: 'engine', reason: difference };
    }
    if (failure.contradiction === 'undecided') {
      return {
        blame: 'unknown',
        reason: 'readelf reads the same row, but execution does not tell whether it is right',
      };
    }
    const same = failure.rowText === null ? 'readelf finds no row there either' : 'readelf reads the same row';
    return { blame: 'producer', reason: `${same}, and it contradicts the execution` };
  }

  /** What readelf reads otherwise at an address; undefined where it agrees. */
  #difference(failure: ExecFailure, address: bigint, fdes: readonly OracleFde[]): string | undefined {
    const section = failure.section === '' ? undefined : failure.section;
    const fde = fdes.find(
      (one) => (section === undefined || one.section === section) && address >= one.start && address < one.end,
    );
    const theirs = fde?.rows.findLast((row) => row.location <= address);
    const ours: OracleRow | undefined =
      failure.rowText === null
        ? undefined
        : { location: address, cfa: failure.rowText.cfa, rules: new Map(Object.entries(failure.rowText.rules)) };
    if (ours === undefined && theirs === undefined) return undefined;
    const first = rowDifferences(ours, theirs, 'readelf')[0];
    if (first === undefined) return undefined;
    return `at 0x${address.toString(16)} readelf reads ${first.what} as ${first.theirs}, the engine as ${first.engine}`;
  }
}

/** Attributes failures of a program of several files; each is read by readelf once, where something fails in it. */
export class Attributors {
  readonly #modules: readonly LoadedModule[];
  readonly #onDisk: ElfFile;
  readonly #byModule = new Map<string, Attributor>();

  /** `onDisk`: the main file as it is on disk. */
  constructor({ modules }: LoadedImage, onDisk: ElfFile) {
    this.#modules = modules;
    this.#onDisk = onDisk;
  }

  attribute(failure: ExecFailure): Attribution {
    let attributor = this.#byModule.get(failure.module);
    if (attributor === undefined) {
      attributor = this.#open(failure.module);
      this.#byModule.set(failure.module, attributor);
    }
    return attributor.attribute(failure);
  }

  #open(label: string): Attributor {
    const main = this.#modules[0]!;
    const module = this.#modules.find((one) => moduleLabel(one) === label) ?? main;
    const rows =
      module.name === stubModuleName
        ? { unavailable: 'it is in a stub of Plumbline’s own, which is no file' }
        : readelfRows(module.name, module.elf.architecture);
    return new Attributor(rows, module === main ? this.#onDisk : module.elf, module.elf);
  }
}

/** Moves what readelf reads in an object file to where the loader put each function. */
function relocated(theirs: readonly OracleFde[], ours: readonly OracleFde[]): OracleFde[] {
  const key = (fde: OracleFde): string => `${fde.section}+${fde.offset}`;
  const starts = new Map(ours.map((fde) => [key(fde), fde.start]));
  return theirs.flatMap((fde) => {
    const start = starts.get(key(fde));
    if (start === undefined) return [];
    const move = start - fde.start;
    const rows = fde.rows.map((row) => ({ ...row, location: row.location + move }));
    return [{ ...fde, start, end: fde.end + move, rows }];
  });
}
