import type { Architecture } from '../../engine/index.ts';
import { type DisassembledInstruction, disassemble } from '../disassembly/index.ts';
import type { Segment } from '../loader/image.ts';

/** An instruction and where it is in its function. */
export interface PlacedInstruction extends DisassembledInstruction {
  /** Bytes from the function's start. */
  readonly offset: number;
}

/** The instructions of a function; what they do is told by their text. */
export class FunctionCode {
  readonly instructions: readonly PlacedInstruction[];
  readonly #architecture: Architecture;
  readonly #byEnd: ReadonlyMap<number, PlacedInstruction>;

  /** `known`: offsets at which instructions start, for where bytes between them are none. */
  constructor(
    architecture: Architecture,
    segments: readonly Segment[],
    start: bigint,
    end: bigint,
    known: readonly number[],
  ) {
    this.#architecture = architecture;
    const segment = segments.find(
      ({ address, bytes }) => start >= address && end <= address + BigInt(bytes.byteLength),
    );
    const code = segment?.bytes.slice(Number(start - segment.address), Number(end - segment.address));
    this.instructions = code === undefined ? [] : placed(architecture, code, start, known);
    this.#byEnd = new Map(this.instructions.map((one) => [one.offset + one.size, one]));
  }

  at(offset: number): PlacedInstruction | undefined {
    return this.instructions.find((one) => one.offset === offset);
  }

  /** The instruction that ends at an offset. */
  before(offset: number): PlacedInstruction | undefined {
    return this.#byEnd.get(offset);
  }

  /** Whether an instruction writes a register to memory. */
  stores(instruction: PlacedInstruction, column: number): boolean {
    const { mnemonic, operands } = instruction;
    const name = this.#architecture.columnNames[column]!;
    if (this.#architecture.name === 'aarch64') return /^st/.test(mnemonic) && this.#lists(operands, name);
    if (mnemonic === 'push') return operands === name;
    if (mnemonic === 'enter') return name === 'rbp';
    return mnemonic.startsWith('mov') && operands.endsWith(`], ${name}`);
  }

  /** Whether an instruction writes any register to memory. */
  isStore(instruction: PlacedInstruction): boolean {
    return this.#architecture.general.some((column) => this.stores(instruction, column));
  }

  /** Whether an instruction gives a register a value from memory or from another register. */
  sets(instruction: PlacedInstruction, column: number): boolean {
    const { mnemonic, operands } = instruction;
    const name = this.#architecture.columnNames[column]!;
    if (this.#architecture.name === 'aarch64' && /^ld/.test(mnemonic)) return this.#lists(operands, name);
    if (mnemonic === 'pop') return operands === name;
    if (mnemonic === 'leave') return name === 'rbp';
    return /^(mov|lea|add|sub)/.test(mnemonic) && operands.startsWith(`${name}, `);
  }

  /** Whether a register is among those before the memory operand. */
  #lists(operands: string, name: string): boolean {
    return operands.slice(0, operands.indexOf('[')).split(/, */).includes(name);
  }
}

function placed(
  architecture: Architecture,
  code: Uint8Array,
  start: bigint,
  known: readonly number[],
): PlacedInstruction[] {
  const instructions: PlacedInstruction[] = [];
  let next: number | undefined = 0;
  while (next !== undefined && next < code.length) {
    let end: number = next;
    for (const one of disassemble(architecture.name, code.subarray(next), start + BigInt(next))) {
      const offset = Number(one.address - start);
      // An instruction that reaches over a known start is data.
      if (known.some((other) => other > offset && other < offset + one.size)) break;
      instructions.push({ ...one, offset });
      end = offset + one.size;
    }
    next = end >= code.length ? undefined : known.find((other) => other >= end && other > next!);
  }
  return instructions;
}
