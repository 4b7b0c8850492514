import type { OracleFde, OracleRow } from './row.ts';

export type Oracle = 'readelf' | 'llvm-dwarfdump';

/** One place where a tool and the engine read different things. */
export interface OracleDifference {
  readonly tool: Oracle;
  readonly section: string;
  /** Offset of the FDE in the section. */
  readonly fde: number;
  /** Bytes from the function's start on to the row. */
  readonly at: bigint;
  /** `cfa`, a register, `range`, `fde` (only one of them reads it) or `error`. */
  readonly what: string;
  readonly engine: string;
  readonly theirs: string;
}

/**
 * Compares what the engine and a tool read in the same file, row by row: a row holds from its location to the next
 * one's, of several at one location the last. Addresses count from their function's start, so that a file may be
 * laid out somewhere else for one of them.
 */
export function compareFdes(
  engine: readonly OracleFde[],
  theirs: readonly OracleFde[],
  tool: Oracle,
): OracleDifference[] {
  const key = (fde: OracleFde): string => `${fde.section}+${fde.offset}`;
  const remaining = new Map(theirs.map((fde) => [key(fde), fde]));
  const differences: OracleDifference[] = [];
  for (const ours of engine) {
    const other = remaining.get(key(ours));
    remaining.delete(key(ours));
    if (other === undefined) differences.push(whole(ours, tool, 'fde', 'an FDE', 'none'));
    else differences.push(...compareFde(ours, other, tool));
  }
  for (const other of remaining.values()) differences.push(whole(other, tool, 'fde', 'none', 'an FDE'));
  return differences;
}

function compareFde(ours: OracleFde, theirs: OracleFde, tool: Oracle): OracleDifference[] {
  if (ours.error !== undefined || theirs.error !== undefined) {
    if (ours.error !== undefined && theirs.error !== undefined) return [];
    return [whole(ours, tool, 'error', ours.error ?? 'rows', theirs.error ?? 'rows')];
  }
  const [size, theirSize] = [ours.end - ours.start, theirs.end - theirs.start];
  if (size !== theirSize) return [whole(ours, tool, 'range', `${size} bytes`, `${theirSize} bytes`)];
  const starts = new Set<bigint>();
  for (const { start, rows } of [ours, theirs]) {
    for (const row of rows) if (row.location - start < size) starts.add(row.location - start);
  }
  return [...starts].flatMap((at) =>
    rowDifferences(rowAt(ours, at), rowAt(theirs, at), tool).map((difference) => ({
      tool,
      section: ours.section,
      fde: ours.offset,
      at,
      ...difference,
    })),
  );
}

function rowAt(fde: OracleFde, at: bigint): OracleRow | undefined {
  return fde.rows.findLast((row) => row.location - fde.start <= at);
}

/** What two rows say differently, allowing for what the tool does not print. */
export function rowDifferences(
  ours: OracleRow | undefined,
  theirs: OracleRow | undefined,
  tool: Oracle,
): Pick<OracleDifference, 'what' | 'engine' | 'theirs'>[] {
  if (ours === undefined || theirs === undefined) {
    return [
      { what: 'row', engine: ours === undefined ? 'none' : 'a row', theirs: theirs === undefined ? 'none' : 'a row' },
    ];
  }
  const differences: Pick<OracleDifference, 'what' | 'engine' | 'theirs'>[] = [];
  const printed = (text: string): string => (tool === 'readelf' ? text.replace(/\{[^}]*\}/, '{}') : text);
  if (printed(ours.cfa) !== theirs.cfa) differences.push({ what: 'cfa', engine: ours.cfa, theirs: theirs.cfa });
  for (const name of new Set([...ours.rules.keys(), ...theirs.rules.keys()])) {
    const mine = ours.rules.get(name);
    const other = theirs.rules.get(name);
    if (tool === 'readelf') {
      // It has no column for what opcodes say of the return address's signature.
      if (name === 'ra_sign_state' && other === undefined) continue;
      if (mine === undefined && other === 'u') continue;
    }
    if (mine === undefined ? other !== undefined : printed(mine) !== other) {
      differences.push({ what: name, engine: mine ?? 'no rule', theirs: other ?? 'no rule' });
    }
  }
  return differences;
}

function whole(fde: OracleFde, tool: Oracle, what: string, engine: string, theirs: string): OracleDifference {
  return { tool, section: fde.section, fde: fde.offset, at: 0n, what, engine, theirs };
}
