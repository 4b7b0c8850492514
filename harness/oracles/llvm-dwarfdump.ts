import type { Architecture } from '../../engine/index.ts';
import { columnName } from './register-name.ts';
import type { OracleFde, OracleRow } from './row.ts';

interface MutableFde extends OracleFde {
  readonly rows: OracleRow[];
  readonly instructions: { readonly opcode: string; readonly location: bigint }[];
}

/** Options that make llvm-dwarfdump print what `parseLlvmDwarfdump` reads. */
export const llvmDwarfdumpOptions = ['--eh-frame'] as const;

const sectionLine = /^(\.\S+) contents:/;
const entryLine = /^([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ (CIE|FDE)\b(?:.* pc=([0-9a-f]+)\.\.\.([0-9a-f]+))?/;
const rowLine = /^ {2}0x([0-9a-f]+): CFA=(.*)$/;
const instructionLine = /^ {2}(DW_CFA_\w+)(?::\s*(.*))?$/;

/** Reads what `llvm-dwarfdump --eh-frame` prints. It prints no register that has no rule. */
export function parseLlvmDwarfdump(output: string, architecture: Architecture): OracleFde[] {
  const fdes: MutableFde[] = [];
  let section = '';
  let fde: MutableFde | undefined;
  let location = 0n;
  for (const line of output.split('\n')) {
    const sectionName = sectionLine.exec(line)?.[1];
    if (sectionName !== undefined) {
      section = sectionName;
      continue;
    }
    const entry = entryLine.exec(line);
    if (entry !== null) {
      fde = undefined;
      if (entry[2] !== 'FDE' || entry[3] === undefined || entry[4] === undefined) continue;
      // Without its CIE nothing can be read of it.
      if (line.includes('cie=<invalid offset>')) continue;
      const [start, end] = [BigInt(`0x${entry[3]}`), BigInt(`0x${entry[4]}`)];
      fde = { section, offset: Number.parseInt(entry[1]!, 16), start, end, rows: [], instructions: [] };
      location = start;
      fdes.push(fde);
      continue;
    }
    if (fde === undefined) continue;
    const instruction = instructionLine.exec(line);
    if (instruction !== null) {
      const [, opcode = '', operand = ''] = instruction;
      if (opcode.includes('advance_loc')) location += BigInt(operand);
      fde.instructions.push({ opcode, location });
      continue;
    }
    const row = rowLine.exec(line);
    if (row !== null) fde.rows.push(parseRow(BigInt(`0x${row[1]}`), row[2]!, architecture));
  }
  return fdes;
}

function parseRow(location: bigint, text: string, architecture: Architecture): OracleRow {
  const separator = text.indexOf(': ');
  const cfa = separator < 0 ? text : text.slice(0, separator);
  const rules = new Map<string, string>();
  for (const rule of separator < 0 ? [] : text.slice(separator + 2).split(/, (?=\w+=)/)) {
    const equals = rule.indexOf('=');
    const name = columnName(rule.slice(0, equals), architecture);
    if (name !== undefined) rules.set(name, ruleText(rule.slice(equals + 1), architecture));
  }
  return { location, cfa: cfaText(cfa, architecture), rules };
}

function cfaText(text: string, architecture: Architecture): string {
  if (text.startsWith('DW_OP_')) return `{${expressionText(text, architecture)}}`;
  return based(text, architecture);
}

function ruleText(text: string, architecture: Architecture): string {
  if (text === 'undefined') return 'u';
  if (text === 'same') return 's';
  if (text === '<empty>') return '{}';
  if (text === '[<empty>]') return '[{}]';
  const saved = /^\[(.*)\]$/.exec(text)?.[1];
  const inside = saved ?? text;
  const content = inside.startsWith('DW_OP_')
    ? `{${expressionText(inside, architecture)}}`
    : based(inside, architecture);
  return saved === undefined ? content : `[${content}]`;
}

/** Registers it names that the engine has no column for, as the engine prints them. */
const untracked: Readonly<Record<string, string>> = { VG: 'r46' };

/** `RSP+8` → `rsp+8`; a register alone, `CFA-8` and numbers as well. */
function based(text: string, architecture: Architecture): string {
  const match = /^([A-Za-z]\w*)([+-]\d+)?$/.exec(text);
  if (match === null) return text;
  const name = match[1] === 'CFA' ? 'CFA' : (columnName(match[1]!, architecture) ?? untracked[match[1]!] ?? match[1]!);
  return `${name}${match[2] ?? ''}`;
}

/** `DW_OP_breg7 RSP+160, DW_OP_const1u 0x8, DW_OP_plus` → `rsp+160 const1u(8) plus`. */
function expressionText(text: string, architecture: Architecture): string {
  return text
    .split(', ')
    .map((operator) => {
      const [name = '', operand] = operator.replace(/^DW_OP_/, '').split(' ');
      if (operand === undefined) return name;
      return name.startsWith('breg') ? based(operand, architecture) : `${name}(${BigInt(operand.replace(/^\+/, ''))})`;
    })
    .join(' ');
}
