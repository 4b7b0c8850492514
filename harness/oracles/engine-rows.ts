import {
  type Architecture,
  type ElfFile,
  type FdeSummary,
  FrameSection,
  type FrameSectionKind,
  fdes,
  formatRow,
  type Row,
  rowsOf,
  UnwindError,
} from '../../engine/index.ts';
import type { OracleFde, OracleRow } from './row.ts';

const kinds: readonly FrameSectionKind[] = ['.eh_frame', '.debug_frame'];

/** Every FDE of a linked file with its rows as the engine reads them; addresses are the file's own. */
export function engineFdes(elf: ElfFile): OracleFde[] {
  return kinds.flatMap((kind) => {
    const section = frameSection(elf, kind);
    return section === undefined ? [] : Array.from(fdes(section), (fde) => describe(section, fde));
  });
}

function frameSection(elf: ElfFile, kind: FrameSectionKind): FrameSection | undefined {
  const section = elf.section(kind);
  if (section === undefined) return undefined;
  const textBase = elf.section('.text')?.address;
  const dataBase = (elf.section('.got.plt') ?? elf.section('.got'))?.address;
  return new FrameSection({
    kind,
    section: { address: section.address, bytes: section.bytes },
    architecture: elf.architecture,
    ...(textBase === undefined ? {} : { textBase }),
    ...(dataBase === undefined ? {} : { dataBase }),
  });
}

function describe(section: FrameSection, fde: FdeSummary): OracleFde {
  const rows: OracleRow[] = [];
  const summary = { section: section.kind, offset: fde.offset, start: fde.start, end: fde.end, rows };
  if (fde.error !== undefined) return { ...summary, error: fde.error.message };
  try {
    for (const row of rowsOf(section, fde.offset)) rows.push(toOracleRow(row, section.architecture));
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return { ...summary, error: error.message };
  }
  return summary;
}

/** The parts of a row that other readers of CFI print too. */
export function toOracleRow(row: Row, architecture: Architecture): OracleRow {
  const rules = new Map<string, string>();
  // Expressions contain spaces, in braces.
  for (const word of formatRow(row, architecture).match(/\w+=(?:\[?\{[^}]*\}\]?|\S+)/g) ?? []) {
    const equals = word.indexOf('=');
    rules.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const cfa = rules.get('CFA') ?? 'u';
  rules.delete('CFA');
  rules.delete('args');
  if (row.signState !== 0) rules.set('ra_sign_state', `${row.signState}`);
  return { location: (BigInt(row.startHi) << 32n) | BigInt(row.startLo), cfa, rules };
}
