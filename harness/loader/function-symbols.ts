import { type ElfSymbol, SHN_LORESERVE, SHN_UNDEF, STT_FUNC, UnwindError } from '../../engine/index.ts';
import { STT_GNU_IFUNC } from './dynamic/constants.ts';
import type { LoadedImage } from './image.ts';
import { descriptorResolver } from './process/stub-code.ts';

const STT_NOTYPE = 0;

/** A function of a loaded image, by its symbol. */
export interface FunctionSymbol {
  readonly name: string;
  /** In the program, load bias included. */
  readonly address: bigint;
  /** Bytes; 0 where the symbol does not say. */
  readonly size: bigint;
  /** `STT_GNU_IFUNC`: what lies at the address tells where the function is. */
  readonly isIndirect: boolean;
}

/** The functions of an image, for finding them by name or by an address in them. */
export class FunctionSymbols {
  readonly #sorted: readonly FunctionSymbol[];
  /** The first file's before those of the others. */
  readonly #byName = new Map<string, FunctionSymbol>();
  /** Of symbols without a size, where their section ends. */
  readonly #ends = new Map<FunctionSymbol, bigint>();

  constructor(image: LoadedImage) {
    const functions: FunctionSymbol[] = [];
    for (const { elf, loadBias, sectionAddress } of image.modules) {
      const own: FunctionSymbol[] = [];
      for (const symbol of elf.symbols()) {
        if (!isFunction(symbol, image, loadBias)) continue;
        const address = BigInt.asUintN(64, symbol.value + loadBias);
        const isIndirect = symbol.type === STT_GNU_IFUNC;
        const one = { name: symbol.name, address, size: symbol.size, isIndirect };
        own.push(one);
        const start = sectionAddress[symbol.sectionIndex] ?? 0n;
        const section = elf.sections[symbol.sectionIndex];
        if (symbol.size === 0n && section !== undefined && start !== 0n) {
          this.#ends.set(one, start + BigInt(section.size));
        }
      }
      own.sort(byAddress);
      for (const symbol of own) if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
      functions.push(...own);
    }
    this.#sorted = functions.sort(byAddress);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Throws `UnwindError` `missing`, naming some functions there are, where none has the name. */
  byName(name: string): FunctionSymbol {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    const names = [...this.#byName.keys()]
      .filter((one) => one !== descriptorResolver)
      .slice(0, 12)
      .join(', ');
    const expectation = `no function '${name}'; ${names === '' ? 'the file names no functions' : `there are ${names}`}`;
    throw new UnwindError('missing', '.symtab', -1, expectation);
  }

  /** The function an address lies in; a symbol without a size reaches up to the next one or its section's end. */
  at(address: bigint): FunctionSymbol | undefined {
    const index = this.#lastUpTo(address);
    for (let i = index; i >= 0 && i > index - 8; i--) {
      const symbol = this.#sorted[i]!;
      const isInside =
        symbol.size === 0n
          ? i === index && address < (this.#ends.get(symbol) ?? address + 1n)
          : address < symbol.address + symbol.size;
      if (isInside) return symbol;
    }
    return undefined;
  }

  /** Index of the last function that begins at an address or before it; -1 where none does. */
  #lastUpTo(address: bigint): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const byAddress = (a: FunctionSymbol, b: FunctionSymbol): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;

function isFunction(symbol: ElfSymbol, image: LoadedImage, loadBias: bigint): boolean {
  const { name, type, sectionIndex, value } = symbol;
  if (name === '' || sectionIndex === SHN_UNDEF || sectionIndex >= SHN_LORESERVE) return false;
  if (type === STT_FUNC || type === STT_GNU_IFUNC) return true;
  // Labels of assembly sources, but not the mapping symbols of AArch64 ($x, $d).
  if (type !== STT_NOTYPE || name.startsWith('$')) return false;
  const address = value + loadBias;
  return image.segments.some(
    (segment) =>
      segment.executable && address >= segment.address && address < segment.address + BigInt(segment.bytes.byteLength),
  );
}
