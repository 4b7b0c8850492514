import { aarch64 } from '../../../engine/architecture/index.ts';
import type { DisassembledInstruction } from '../../disassembly/index.ts';
import {
  compute,
  copy,
  type Effect,
  type Flow,
  literal,
  type MemoryPlace,
  type Place,
  readNumber,
  register,
  splitOperands,
  sum,
  untracked,
} from './flow.ts';

const link = register(aarch64.link);
const columns = new Map(
  aarch64.columnNames.flatMap((name, column) =>
    column === aarch64.pc || column === aarch64.signState ? [] : [[name, column] as const],
  ),
);

/** Changes flags, PC or nothing. */
const idle =
  /^(nop|bti|hint|cmp|cmn|tst|ccmp|ccmn|b|b\.\w+|br|bra\w+|ret|reta\w|cbn?z|tbn?z|udf|brk|dmb|dsb|isb|prfm)$/;
const calls = /^(bl|blr|blra\w+)$/;
const computing =
  /^(adds?|subs?|ands?|orr|orn|eor|eon|bics?|mul|madd|msub|neg|mvn|lsl|lsr|asr|ror|csel|csinc|csinv|csneg|cset|csetm|cinc|cinv|sxt[bhw]|uxt[bhw]|ubfx|sbfx|bfi|bfxil|ubfiz|sbfiz|extr|rev|rev\d+|clz|rbit|udiv|sdiv|adc|sbc|umulh|smulh|smull|umull)$/;
const adding = /^(add|sub)s?$/;
const shiftedRegister = /[wxs]\w+, (lsl|lsr|asr|[su]xt[bhwx])/;
const constants = /^(adr|adrp|movz|movn)$/;
const signing = /^paci[ab](sp|z|1716)?$/;
const authenticating = /^(auti[ab](sp|z|1716)?|xpaclri|xpaci)$/;

/** What an instruction of AArch64 does. */
export function flowsOf({ address, size, mnemonic, operands: text }: DisassembledInstruction): Effect {
  const operands = splitOperands(text.replace(/,\s*(lsl|lsr|asr|sxtw|uxtw|sxtx|uxtx)\s*#?\w*(?=$|,)/g, ''));
  const places = operands.map(placeOf);
  const [to, from] = places;
  if (calls.test(mnemonic)) return { flows: [copy(link, literal(address + BigInt(size)))], isCall: true };
  if (idle.test(mnemonic)) return { flows: [] };
  if (mnemonic === 'svc') return { flows: [], unknown: true, isSystemCall: true };
  const subject = mnemonic.endsWith('1716') ? register(17) : (to ?? link);
  if (signing.test(mnemonic)) return { flows: [{ how: 'sign', to: subject, from: [subject] }] };
  if (authenticating.test(mnemonic)) return { flows: [{ how: 'authenticate', to: subject, from: [subject] }] };
  if (to === undefined) return { flows: [], unknown: true };
  if (constants.test(mnemonic)) return { flows: [compute(to)] };
  if (mnemonic === 'movk') return { flows: [compute(to, to)] };
  if ((mnemonic === 'mov' || mnemonic === 'fmov') && from !== undefined) {
    return { flows: [isWhole(text) ? copy(to, from) : compute(to, from)] };
  }
  if (adding.test(mnemonic) && isWhole(text) && !shiftedRegister.test(text) && from !== undefined) {
    return { flows: [sum(to, [from, 1n], [places[2]!, mnemonic.startsWith('add') ? 1n : -1n])] };
  }
  if (computing.test(mnemonic)) {
    const itself = /^(bfi|bfxil)$/.test(mnemonic) ? [to] : [];
    return { flows: [compute(to, ...itself, ...places.slice(1))] };
  }
  return transfer(mnemonic, operands) ?? { flows: [compute(to, ...places)], unknown: true };
}

/** Loads and stores of one register or two. */
function transfer(mnemonic: string, operands: readonly string[]): Effect | undefined {
  const match = /^(ldu?r|ldp|stu?r|stp)(s?[bhw])?$/.exec(mnemonic);
  const at = operands.findIndex((operand) => operand.startsWith('['));
  if (match === null || at < 1) return undefined;
  const registers = operands.slice(0, at);
  const size = sizeOf(match[2], registers[0]!);
  const address = addressOf(operands[at]!, size);
  if (address === undefined) return undefined;
  const flows = registers.map((name, i): Flow => {
    const place: MemoryPlace = { ...address.place, displacement: address.place.displacement + BigInt(size * i) };
    const [to, from] = match[1]!.startsWith('l') ? [placeOf(name), place] : [place, placeOf(name)];
    return size === 8 ? copy(to, from) : compute(to, from);
  });
  const isMoved = operands[at]!.endsWith('!') || operands.length > at + 1;
  return { flows: isMoved ? [...flows, sum(register(address.base), [register(address.base), 1n])] : flows };
}

function sizeOf(suffix: string | undefined, name: string): number {
  if (suffix?.endsWith('b')) return 1;
  if (suffix?.endsWith('h') || name.startsWith('h')) return 2;
  if (suffix?.endsWith('w') || name.startsWith('w') || name.startsWith('s')) return 4;
  return name.startsWith('q') ? 16 : 8;
}

function addressOf(text: string, size: number): { readonly place: MemoryPlace; readonly base: number } | undefined {
  const [first, second, extension] = text
    .replace(/^\[|\]!?$/g, '')
    .split(',')
    .map((part) => part.trim());
  const base = columns.get(first!);
  if (base === undefined) return undefined;
  const terms = [{ column: base, factor: 1 }];
  const displacement = second === undefined ? 0n : readNumber(second);
  if (displacement === undefined) {
    const index = columns.get(second!);
    const shift = extension === undefined ? 0n : readNumber(extension.replace(/^lsl\s*/, ''));
    if (index === undefined || shift === undefined) return undefined;
    terms.push({ column: index, factor: 2 ** Number(shift) });
  }
  return { place: { kind: 'memory', size, terms, displacement: displacement ?? 0n }, base };
}

/** All 64 bits move: no operand is a part of a register. */
function isWhole(text: string): boolean {
  return !/\b[wshbqv]\d+\b|\bwzr\b|\bwsp\b/.test(text);
}

function placeOf(text: string): Place {
  const number = readNumber(text);
  if (number !== undefined) return literal(number);
  if (text === 'xzr' || text === 'wzr') return literal(0n);
  const column = columns.get(/^w\d+$/.test(text) ? `x${text.slice(1)}` : text === 'wsp' ? 'sp' : text);
  return column === undefined ? untracked : register(column);
}
