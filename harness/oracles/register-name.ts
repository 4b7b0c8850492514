import type { Architecture } from '../../engine/index.ts';

const aarch64Aliases: Readonly<Record<string, string>> = { wsp: 'sp', fp: 'x29', lr: 'x30' };

/** The engine's name of a register a tool names, such as `W29`, `v8`, `reg34`; undefined where it is not tracked. */
export function columnName(name: string, architecture: Architecture): string | undefined {
  const lower = name.toLowerCase();
  if (architecture.columnNames.includes(lower)) return lower;
  const number = /^(?:reg|r)(\d+)$/.exec(lower)?.[1];
  if (number !== undefined) return nameOfDwarf(Number(number), architecture);
  if (architecture.name !== 'aarch64') return undefined;
  const general = /^w(\d+)$/.exec(lower)?.[1];
  const vector = /^[bhsdqv](\d+)$/.exec(lower)?.[1];
  const alias =
    general !== undefined ? `x${general}` : vector !== undefined ? `d${vector}` : (aarch64Aliases[lower] ?? '');
  return architecture.columnNames.includes(alias) ? alias : undefined;
}

/** The engine's name of a DWARF register number; undefined where it is not tracked. */
export function nameOfDwarf(number: number, architecture: Architecture): string | undefined {
  const column = architecture.dwarfToColumn[number] ?? -1;
  return column < 0 ? undefined : architecture.columnNames[column];
}
