import type { ElfFile, ElfSymbol } from '../../engine/index.ts';
import { PT_LOAD, SHF_EXECINSTR } from '../../engine/index.ts';
import type { Findings } from './findings.ts';
import { hex } from './hex.ts';

const PF_X = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

/** What an FDE covers. */
export interface Range {
  readonly start: bigint;
  readonly end: bigint;
  /** Of the FDE in its section. */
  readonly offset: number;
}

/** Looks at where the FDEs of one section lie: inside code, and apart from one another. Returns them sorted. */
export function checkRanges(elf: ElfFile, section: string, ranges: readonly Range[], findings: Findings): Range[] {
  const code = codeOf(elf);
  const covering: Range[] = [];
  for (const { start, end, offset } of ranges) {
    if (start === end) {
      findings.add({ kind: 'fde-empty', section, offset, address: start, message: 'its range has no bytes' });
      continue;
    }
    covering.push({ start, end, offset });
    if (!code.some((one) => start >= one.start && end <= one.end)) {
      const message = `${hex(start)} to ${hex(end)} is not in one executable segment`;
      findings.add({ kind: 'fde-outside-code', section, offset, address: start, message });
    }
  }
  covering.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.offset - b.offset));
  let furthest: Range | undefined;
  for (const range of covering) {
    if (furthest !== undefined && range.start < furthest.end) {
      const message = `${hex(range.start)} to ${hex(range.end)}, and the FDE at ${hex(BigInt(furthest.offset))} up to ${hex(furthest.end)}`;
      findings.add({ kind: 'fde-overlap', section, offset: range.offset, address: range.start, message });
    }
    if (furthest === undefined || range.end > furthest.end) furthest = range;
  }
  return covering;
}

/** Executable segments or, where it has none, as an object has, executable sections. */
function codeOf({ segments, sections }: ElfFile): { readonly start: bigint; readonly end: bigint }[] {
  const loaded = segments
    .filter(({ type, flags }) => type === PT_LOAD && (flags & PF_X) !== 0)
    .map(({ address, memorySize }) => ({ start: address, end: address + BigInt(memorySize) }));
  if (segments.length > 0) return loaded;
  return sections
    .filter(({ flags }) => (flags & SHF_EXECINSTR) !== 0)
    .map(({ address, size }) => ({ start: address, end: address + BigInt(size) }));
}

/** Looks for functions that no FDE covers; `sorted` are the ranges of all sections, by address. */
export function checkCoverage(
  elf: ElfFile,
  symbols: readonly ElfSymbol[],
  sorted: readonly Range[],
  findings: Findings,
): void {
  const coverage = new Coverage(sorted);
  const seen = new Set<bigint>();
  for (const { name, value, size, type, sectionIndex } of symbols) {
    const isFunction = type === STT_FUNC || type === STT_GNU_IFUNC;
    if (!isFunction || size === 0n || sectionIndex === 0 || seen.has(value)) continue;
    seen.add(value);
    if (coverage.has(value)) continue;
    const section = elf.sections[sectionIndex]?.name ?? '';
    const message = `${name}, ${size} ${size === 1n ? 'byte' : 'bytes'} from ${hex(value)} on`;
    findings.add({ kind: 'code-without-fde', section, address: value, message });
  }
}

/** Where code is covered: the ranges joined where they touch or overlap. */
class Coverage {
  readonly #starts: readonly bigint[];
  readonly #ends: readonly bigint[];

  /** `sorted`: by start. */
  constructor(sorted: readonly Range[]) {
    const starts: bigint[] = [];
    const ends: bigint[] = [];
    for (const { start, end } of sorted) {
      const last = ends.length - 1;
      if (last >= 0 && start <= ends[last]!) {
        if (end > ends[last]!) ends[last] = end;
      } else {
        starts.push(start);
        ends.push(end);
      }
    }
    this.#starts = starts;
    this.#ends = ends;
  }

  has(address: bigint): boolean {
    let from = 0;
    let to = this.#starts.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#starts[middle]! <= address) from = middle + 1;
      else to = middle;
    }
    return from > 0 && address < this.#ends[from - 1]!;
  }
}
