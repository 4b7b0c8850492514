import { findFrameSection, findHeader, type Placement } from '../../engine/elf/frame-sections.ts';
import { type ElfFile, FrameSection, type FrameSectionKind, UnwindError } from '../../engine/index.ts';
import { checkHeader } from './check-header.ts';
import { checkCoverage, checkRanges, type Range } from './check-ranges.ts';
import { checkSection } from './check-section.ts';
import { compareSections } from './compare-sections.ts';
import { Findings } from './findings.ts';

const placement: Placement = { loadBias: 0n, sectionAddress: [] };

interface Checked {
  readonly section: FrameSection;
  readonly ranges: readonly Range[];
  /** Those that cover something, by address. */
  readonly sorted: readonly Range[];
}

/** What was looked at, and what was found. */
export interface CheckedFile {
  readonly findings: Findings;
  /** Number of FDEs of each section there is. */
  readonly fdes: ReadonlyMap<string, number>;
}

export interface CheckOptions {
  /** It was an object, and is linked as its loader laid it out: the linker's part is not missing. */
  readonly isObject?: boolean;
  /** Findings of a kind kept. */
  readonly mostKept?: number | undefined;
}

/**
 * Looks at the structure of a linked file's call frame information, without running anything. Throws `UnwindError`
 * where there is none, or the file or a section cannot be read at all.
 */
export function checkFile(elf: ElfFile, { isObject = false, mostKept }: CheckOptions = {}): CheckedFile {
  const findings = new Findings(mostKept);
  const ehFrame = open(elf, '.eh_frame', isObject, findings);
  const debugFrame = open(elf, '.debug_frame', isObject, findings);
  const all = [ehFrame, debugFrame].filter((one) => one !== undefined);
  if (all.length === 0) throw new UnwindError('missing', '.eh_frame', -1, 'expected the file to have this section');
  const header = findHeader(elf, placement);
  if (header !== undefined && ehFrame !== undefined) {
    checkHeader(header, ehFrame.section.section.address, ehFrame.ranges, findings);
  }
  if (ehFrame !== undefined && debugFrame !== undefined) {
    compareSections(ehFrame.section, debugFrame.section, ehFrame.sorted, debugFrame.sorted, findings);
  }
  const sorted = all.flatMap((one) => one.sorted).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  checkCoverage(elf, elf.symbols(), sorted, findings);
  return { findings, fdes: new Map(all.map(({ section, ranges }) => [section.kind, ranges.length])) };
}

function open(elf: ElfFile, kind: FrameSectionKind, isObject: boolean, findings: Findings): Checked | undefined {
  const bytes = findFrameSection(elf, kind, placement);
  if (bytes === undefined) return undefined;
  const textBase = elf.section('.text')?.address;
  const dataBase = (elf.section('.got.plt') ?? elf.section('.got'))?.address;
  const section = new FrameSection({
    kind,
    section: bytes,
    architecture: elf.architecture,
    ...(textBase !== undefined && { textBase }),
    ...(dataBase !== undefined && { dataBase }),
  });
  const ranges = checkSection(section, isObject, findings);
  return { section, ranges, sorted: checkRanges(elf, kind, ranges, findings) };
}
