import type { Program } from '../../generators/program.ts';
import { disassemble } from '../disassembly/index.ts';
import { FunctionSymbols } from '../loader/index.ts';
import { loadImage } from '../loader/load-image.ts';
import type { ShrunkFailure } from '../record/index.ts';
import type { FailureGroup } from '../runner/program-result.ts';
import { RowBook } from '../runner/row-book.ts';
import { openModules } from '../unwinders/engine.ts';

/** A function with all its instructions. */
export type ListedFunction = ShrunkFailure['code'][number];

/** Everything a program executes, function by function, each instruction with its row; where a failure's step starts is marked. */
export function listProgram(program: Program, failure?: Pick<FailureGroup, 'example'>): ListedFunction[] {
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const rows = new RowBook(openModules(image, { lookup: 'list' }), image.architecture.columnCount);
  const symbols = new FunctionSymbols(image);
  const lookup = failure?.example.explanation?.place.lookup;
  const here = lookup === undefined ? undefined : BigInt(lookup);
  const functions = new Map<string, ListedFunction>();
  for (const address of program.instructions) {
    const segment = image.segments.find(
      (one) => one.executable && address >= one.address && address < one.address + BigInt(one.bytes.length),
    );
    const offset = segment === undefined ? 0 : Number(address - segment.address);
    const [instruction] = disassemble(
      program.architecture,
      segment?.bytes.subarray(offset, offset + 16) ?? new Uint8Array(),
      address,
    );
    if (instruction === undefined) continue;
    const symbol = symbols.at(address);
    const name = symbol?.name ?? '';
    let listed = functions.get(name);
    if (listed === undefined) {
      listed = { name, start: hex(symbol?.address ?? address), code: [] };
      functions.set(name, listed);
    }
    const { size, mnemonic, operands } = instruction;
    listed.code.push({
      address: hex(address),
      text: operands === '' ? mnemonic : `${mnemonic} ${operands}`,
      row: rows.text(rows.numberAt(Number(address & 0xffff_ffffn), Number(address >> 32n))),
      here: here !== undefined && here >= address && here < address + BigInt(size),
    });
  }
  return [...functions.values()];
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
