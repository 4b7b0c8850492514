/**
 * A row as text, the same whoever read it: `cfa` is `rsp+16`, `{expression}` or `u`; a rule is `[CFA-16]`, `CFA+8`,
 * another register's name, `u`, `s`, `[{expression}]` (saved there) or `{expression}` (the value). A tool that does not print
 * expressions leaves them empty. Registers have the names of the engine's columns; those it does not track are left out.
 */
export interface OracleRow {
  readonly location: bigint;
  readonly cfa: string;
  readonly rules: ReadonlyMap<string, string>;
}

/** An FDE with its rows in ascending order, as some reader of CFI sees it. */
export interface OracleFde {
  readonly section: string;
  /** Of its length field in the section. */
  readonly offset: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly rows: readonly OracleRow[];
  /** The instructions the tool printed, each with the location it belongs to; only where it prints them. */
  readonly instructions?: readonly { readonly opcode: string; readonly location: bigint }[];
  /** Why the rows are not all there. */
  readonly error?: string;
}
