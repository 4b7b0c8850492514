import { x86_64 } from '../../../engine/architecture/index.ts';
import type { DisassembledInstruction } from '../../disassembly/index.ts';
import {
  compute,
  copy,
  type Effect,
  literal,
  type MemoryPlace,
  memoryAt,
  type Place,
  readNumber,
  register,
  splitOperands,
  sum,
  untracked,
} from './flow.ts';

const { sp, fp } = x86_64;
const columns = new Map(x86_64.columnNames.map((name, column) => [name, column]));
const sizes: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8, xmmword: 16 };

/** Changes flags, PC or nothing. */
const idle = /^(nop|endbr64|test|cmp|j[a-z]+|hlt|ud2|lfence|mfence|sfence|clc|stc|cld|std|bt|pause|prefetch\w+)$/;
/** The destination is made from itself and the other operand. */
const twoOperands = /^(add|sub|and|or|xor|imul|adc|sbb|shl|sal|shr|sar|rol|ror|cmov\w+|bts|btr)$/;
const adding = /^(add|sub)$/;
const oneOperand = /^(inc|dec|neg|not|bswap)$/;
/** The destination is made from the source alone. */
const converting = /^(movzx|movsx|movsxd|bsf|bsr|popcnt|lzcnt|tzcnt)$/;

/** What an instruction of x86-64 does. */
export function flowsOf({ address, size, mnemonic: name, operands: text }: DisassembledInstruction): Effect {
  const mnemonic = name.replace(/^(notrack|bnd) /, '');
  const next = literal(address + BigInt(size));
  const operands = splitOperands(text).map((operand) => placeOf(operand, address + BigInt(size)));
  const [to, from] = operands;
  const moved = sum(register(sp), [register(sp), 1n]);
  const pushed = (place: Place): Effect => ({ flows: [copy(memoryAt(sp, -8n), place), moved] });
  if (mnemonic === 'ret') return { flows: [moved] };
  if (idle.test(mnemonic)) return { flows: [] };
  if (mnemonic === 'syscall') return { flows: [], unknown: true, isSystemCall: true };
  if (mnemonic === 'call') return { ...pushed(next), isCall: true };
  if (mnemonic === 'leave') {
    return { flows: [copy(register(fp), memoryAt(fp, 0n)), sum(register(sp), [register(fp), 1n])] };
  }
  if (mnemonic === 'enter' && to?.kind === 'literal' && isZero(operands[1])) {
    const frame = sum(register(fp), [register(sp), 1n], [literal(8n), -1n]);
    const allocated = sum(register(sp), [register(sp), 1n], [literal(8n + to.value), -1n]);
    return { flows: [copy(memoryAt(sp, -8n), register(fp)), frame, allocated] };
  }
  if (to === undefined) return { flows: [], unknown: true };
  if (mnemonic === 'push') return pushed(to);
  if (mnemonic === 'pop') {
    const popped = copy(to, memoryAt(sp, 0n));
    return { flows: isRegister(to, sp) ? [popped] : [moved, popped] };
  }
  if (oneOperand.test(mnemonic)) return { flows: [compute(to, to)] };
  if (from === undefined) return { flows: [], unknown: true };
  if (mnemonic === 'xchg') return { flows: [copy(to, from), copy(from, to)] };
  if (mnemonic === 'lea' && from.kind === 'memory') return { flows: [sum(to, ...termsOf(from))] };
  if (mnemonic === 'mov' || mnemonic === 'movabs') {
    return { flows: [isWhole(text) ? copy(to, from) : compute(to, from)] };
  }
  if (converting.test(mnemonic)) return { flows: [compute(to, from)] };
  if (adding.test(mnemonic) && isWhole(text)) {
    return { flows: [sum(to, [to, 1n], [from, mnemonic === 'add' ? 1n : -1n])] };
  }
  if (twoOperands.test(mnemonic)) {
    if (mnemonic === 'xor' && operands.length === 2 && to.kind === 'register' && isRegister(from, to.column)) {
      return { flows: [compute(to)] };
    }
    return { flows: [compute(to, ...(operands.length > 2 ? operands.slice(1) : operands))] };
  }
  return { flows: [compute(to, ...operands)], unknown: true };
}

function isZero(place: Place | undefined): boolean {
  return place?.kind === 'literal' && place.value === 0n;
}

function isRegister(place: Place, column: number): boolean {
  return place.kind === 'register' && place.column === column;
}

/** All 64 bits move: no operand is smaller. */
function isWhole(text: string): boolean {
  return !/\b(e[abcd]x|e[sd]i|e[bs]p|r\d+[dwb]|[abcd][lhx]|[sd]il?|[bs]pl?|byte|word|dword|xmm\d+|xmmword)\b/.test(
    text,
  );
}

const parents: Readonly<Record<string, string>> = { si: 'rsi', di: 'rdi', bp: 'rbp', sp: 'rsp' };

/** The register a name is a part of. */
function columnOf(name: string): number | undefined {
  const wide =
    /^r\d+[dwb]$/.test(name) ? name.slice(0, -1)
    : /^e[a-d]x$|^e[sd]i$|^e[bs]p$/.test(name) ? `r${name.slice(1)}`
    : /^[a-d][lhx]$/.test(name) ? `r${name[0]}x`
    : /^([sd]i|[bs]p)l?$/.test(name) ? parents[name.slice(0, 2)]!
    : name; // biome-ignore format: one line per kind
  return columns.get(wide);
}

/** `next` is what `rip` is in an operand. */
function placeOf(text: string, next: bigint): Place {
  const number = readNumber(text);
  if (number !== undefined) return literal(number);
  const memory = /^(?:(\w+) ptr )?(?:[cdefgs]s:)?\[(.*)\]$/.exec(text);
  if (memory === null) {
    const column = columnOf(text);
    return column === undefined ? untracked : register(column);
  }
  const terms: { column: number; factor: number }[] = [];
  let displacement = 0n;
  for (const part of memory[2]!.replace(/ - /g, ' + -').split(' + ')) {
    const amount = readNumber(part);
    const [name, factor] = part.split('*');
    const column = columnOf(name!);
    if (amount !== undefined) displacement += amount;
    else if (name === 'rip') displacement += next;
    else if (column !== undefined) terms.push({ column, factor: factor === undefined ? 1 : Number(factor) });
  }
  return { kind: 'memory', size: sizes[memory[1] ?? 'qword'] ?? 8, terms, displacement };
}

function termsOf({ terms }: MemoryPlace): (readonly [Place, bigint])[] {
  return terms.map(({ column, factor }) => [register(column), BigInt(factor)] as const);
}
