import { UnwindError } from '../../../engine/index.ts';

/** One relocation ready to be applied; the letters are those of the psABIs' relocation formulas. */
export interface Relocation {
  /** `R_X86_64_*` or `R_AARCH64_*`. */
  readonly type: number;
  /** S: the symbol's address, 0n where it is weak and undefined. */
  readonly symbol: bigint;
  readonly symbolSize: bigint;
  readonly weakUndefined: boolean;
  /** A. */
  readonly addend: bigint;
  /** P: the address of what is relocated. */
  readonly place: bigint;
  /** G + GOT: address of the symbol's slot in the global offset table, 0n where the type needs none. */
  readonly slot: bigint;
  /** GOT: address of the global offset table. */
  readonly got: bigint;
  /** The section's bytes, and where in them the relocation writes. */
  readonly view: DataView;
  readonly offset: number;
  readonly section: string;
}

/** How the relocations of one architecture's object files are applied, and which types its linked files use. */
export interface RelocationArchitecture {
  /** Name → number of every type it can apply. */
  readonly types: Readonly<Record<string, number>>;
  /** Types that go through a slot of the global offset table. */
  usesSlot(type: number): boolean;
  /** Throws `UnwindError` where the type is unknown (`unsupported`) or the value does not fit (`invalid`). */
  apply(relocation: Relocation): void;
  readonly dynamic: DynamicTypes;
}

/** The relocation types a linked file leaves to the loader. */
export interface DynamicTypes {
  readonly none: number;
  /** B + A. */
  readonly relative: number;
  /** S + A; each on 8 bytes. */
  readonly symbolic: readonly number[];
  /** Needs the program's own code to run; programs that have them apply them when they start. */
  readonly irelative: number;
  /** Copies the symbol's bytes from the library that defines it. */
  readonly copy: number;
  /** Number of the module whose thread-local storage the symbol is in. */
  readonly moduleNumber: number;
  /** S + A within that module's storage. */
  readonly moduleOffset: number;
  /** S + A as a distance from the thread pointer. */
  readonly threadOffset: number;
  /** Two words: a resolver and its argument (TLS descriptors). */
  readonly descriptor: number;
}

const mask64 = (1n << 64n) - 1n;

/** The name of a relocation type for messages. */
export function typeName(architecture: RelocationArchitecture, type: number): string {
  const entry = Object.entries(architecture.types).find(([, number]) => number === type);
  return entry?.[0] ?? `relocation type ${type}`;
}

/** Refuses a relocation of a type the loader does not apply. */
export function unsupportedType(relocation: Relocation): never {
  throw new UnwindError(
    'unsupported',
    relocation.section,
    relocation.offset,
    `relocation type ${relocation.type} is not one the loader applies`,
  );
}

/** Checks that the relocated field lies in its section. */
export function checkField(relocation: Relocation, bytes: number): void {
  if (relocation.offset + bytes > relocation.view.byteLength) {
    throw new UnwindError(
      'invalid',
      relocation.section,
      relocation.offset,
      `a relocated field of ${bytes} bytes must lie in the section of ${relocation.view.byteLength} bytes`,
    );
  }
}

/** Refuses a value that does not fit `bits` bits, signed or unsigned. */
export function checkRange(relocation: Relocation, value: bigint, bits: number, signed: boolean): void {
  const fits = signed ? BigInt.asIntN(bits, value) === value : BigInt.asUintN(bits, value) === value;
  if (!fits) {
    throw new UnwindError(
      'invalid',
      relocation.section,
      relocation.offset,
      `the value of relocation type ${relocation.type}, ${hexadecimal(value)}, must fit ${bits} ${signed ? 'signed' : 'unsigned'} bits`,
    );
  }
}

/** Writes a whole little-endian field of 1, 2, 4 or 8 bytes; the value must have been checked to fit. */
export function writeField(relocation: Relocation, bytes: 1 | 2 | 4 | 8, value: bigint): void {
  checkField(relocation, bytes);
  const { view, offset } = relocation;
  const unsigned = value & mask64;
  if (bytes === 8) view.setBigUint64(offset, unsigned, true);
  else if (bytes === 4) view.setUint32(offset, Number(unsigned & 0xffffffffn), true);
  else if (bytes === 2) view.setUint16(offset, Number(unsigned & 0xffffn), true);
  else view.setUint8(offset, Number(unsigned & 0xffn));
}

function hexadecimal(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
