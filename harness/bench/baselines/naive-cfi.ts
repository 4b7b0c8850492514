import { NaiveReader } from './naive-reader.ts';

/** Saved at CFA + offset, or unchanged. */
export type NaiveRule = { readonly kind: 'offset'; readonly offset: bigint } | { readonly kind: 'same' };

export interface NaiveRow {
  cfaRegister: bigint;
  cfaOffset: bigint;
  rules: Map<bigint, NaiveRule>;
}

export interface NaiveCie {
  readonly codeAlignment: bigint;
  readonly dataAlignment: bigint;
  readonly returnRegister: bigint;
  readonly augmentation: string;
  readonly fdeEncoding: bigint;
  readonly instructions: Uint8Array;
}

export interface NaiveFde {
  readonly cie: NaiveCie;
  readonly start: bigint;
  readonly end: bigint;
  readonly instructions: Uint8Array;
}

/** A section and its address. */
export interface NaiveSection {
  readonly bytes: Uint8Array;
  readonly address: bigint;
}

export function parseCie({ bytes, address }: NaiveSection, offset: number): NaiveCie {
  const reader = new NaiveReader(bytes, address, offset);
  const end = Number(reader.u32()) + reader.position;
  reader.u32();
  reader.u8();
  const augmentation = reader.cString();
  const codeAlignment = reader.uleb();
  const dataAlignment = reader.sleb();
  const returnRegister = reader.u8();
  let fdeEncoding = 0n;
  if (augmentation.startsWith('z')) {
    const dataEnd = Number(reader.uleb()) + reader.position;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') fdeEncoding = reader.u8();
      else if (letter === 'L') reader.u8();
      else if (letter === 'P') reader.pointer(reader.u8() & 0x0fn);
    }
    reader.position = dataEnd;
  }
  const instructions = bytes.slice(reader.position, end);
  return { codeAlignment, dataAlignment, returnRegister, augmentation, fdeEncoding, instructions };
}

export function parseFde(section: NaiveSection, offset: number): NaiveFde {
  const { bytes, address } = section;
  const reader = new NaiveReader(bytes, address, offset);
  const end = Number(reader.u32()) + reader.position;
  const cieOffset = reader.position;
  const cie = parseCie(section, cieOffset - Number(reader.u32()));
  const start = reader.pointer(cie.fdeEncoding);
  const size = reader.pointer(cie.fdeEncoding & 0x0fn);
  if (cie.augmentation.startsWith('z')) reader.position = Number(reader.uleb()) + reader.position;
  return { cie, start, end: start + size, instructions: bytes.slice(reader.position, end) };
}

/** The row of an FDE that holds at an address. */
export function evaluate({ cie, start, instructions }: NaiveFde, pc: bigint): NaiveRow {
  const initial = { cfaRegister: 0n, cfaOffset: 0n, rules: new Map<bigint, NaiveRule>() };
  run(cie.instructions, cie, start, pc, initial, initial);
  const row = copy(initial);
  run(instructions, cie, start, pc, row, initial);
  return row;
}

function copy(row: NaiveRow): NaiveRow {
  return { ...row, rules: new Map(row.rules) };
}

/** Executes instructions up to the row of `pc`, for the opcodes that compilers use for frames on RSP and RBP. */
function run(
  instructions: Uint8Array,
  cie: NaiveCie,
  start: bigint,
  pc: bigint,
  row: NaiveRow,
  initial: NaiveRow,
): void {
  const reader = new NaiveReader(instructions, 0n);
  const stack: NaiveRow[] = [];
  let location = start;
  const restore = (register: bigint): void => {
    const rule = initial.rules.get(register);
    if (rule === undefined) row.rules.delete(register);
    else row.rules.set(register, rule);
  };
  const saved = (register: bigint, factor: bigint): void => {
    row.rules.set(register, { kind: 'offset', offset: factor * cie.dataAlignment });
  };
  while (reader.position < instructions.length) {
    const opcode = reader.u8();
    const operand = opcode & 0x3fn;
    let advance = 0n;
    if (opcode >= 0xc0n) restore(operand);
    else if (opcode >= 0x80n) saved(operand, reader.uleb());
    else if (opcode >= 0x40n) advance = operand;
    else {
      switch (opcode) {
        case 0x00n:
          break;
        case 0x02n:
          advance = reader.u8();
          break;
        case 0x03n:
          advance = reader.u16();
          break;
        case 0x04n:
          advance = reader.u32();
          break;
        case 0x05n:
          saved(reader.uleb(), reader.uleb());
          break;
        case 0x06n:
          restore(reader.uleb());
          break;
        case 0x08n:
          row.rules.set(reader.uleb(), { kind: 'same' });
          break;
        case 0x0an:
          stack.push(copy(row));
          break;
        case 0x0bn:
          Object.assign(row, stack.pop());
          break;
        case 0x0cn:
          row.cfaRegister = reader.uleb();
          row.cfaOffset = reader.uleb();
          break;
        case 0x0dn:
          row.cfaRegister = reader.uleb();
          break;
        case 0x0en:
          row.cfaOffset = reader.uleb();
          break;
        case 0x2en:
          reader.uleb();
          break;
        default:
          throw new Error(`naive baseline: opcode 0x${opcode.toString(16)}`);
      }
    }
    if (advance !== 0n) {
      location += advance * cie.codeAlignment;
      if (location > pc) return;
    }
  }
}
