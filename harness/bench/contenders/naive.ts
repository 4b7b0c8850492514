import { evaluate, type NaiveFde, type NaiveSection, parseFde } from '../baselines/naive-cfi.ts';
import { NaiveReader } from '../baselines/naive-reader.ts';
import type { BenchStack, Contender } from '../bench-stack.ts';

/**
 * What one writes first: the table of `.eh_frame_hdr` is searched and FDE and CIE are parsed and executed anew for each
 * frame, with BigInts, objects and a Map of registers per frame.
 */
export const naive: Contender = {
  name: 'naive',
  description: 'header, FDE and CIE parsed at each frame, with BigInts and objects',
  finds: 'registers',
  open(stack) {
    const modules = stack.modules.map(({ elf, loadBias }) => {
      const section = (name: string): NaiveSection => {
        const found = elf.section(name);
        if (found === undefined) throw new Error(`${stack.name}: no ${name}`);
        return { bytes: found.bytes, address: found.address + loadBias };
      };
      return { header: section('.eh_frame_hdr'), frame: section('.eh_frame') };
    });
    const walk = (visit: ((registers: Map<bigint, bigint>) => void) | undefined): number => {
      let registers = initialRegisters(stack);
      let count = 0;
      for (let exact = true; ; exact = false) {
        const pc = registers.get(16n)! - (exact ? 0n : 1n);
        const fde = modules.map(({ header, frame }) => findFde(header, frame, pc)).find((found) => found !== undefined);
        if (fde === undefined) return count;
        registers = callerOf(stack, registers, fde, pc);
        visit?.(registers);
        count++;
      }
    };
    return {
      walk: () => walk(undefined),
      record(frames) {
        const { columnCount } = stack.architecture;
        walk((registers) => {
          for (const [register, value] of registers) {
            const index = frames.count * columnCount + Number(register);
            frames.values[2 * index] = Number(value & 0xffffffffn);
            frames.values[2 * index + 1] = Number(value >> 32n);
            frames.known[index] = 1;
          }
          frames.count++;
        });
      },
    };
  },
};

function initialRegisters({ registers, architecture }: BenchStack): Map<bigint, bigint> {
  return new Map(
    architecture.columnToDwarf.map((dwarf, column) => [
      BigInt(dwarf),
      (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!),
    ]),
  );
}

function findFde(header: NaiveSection, frame: NaiveSection, pc: bigint): NaiveFde | undefined {
  const reader = new NaiveReader(header.bytes, header.address);
  reader.u8();
  const frameEncoding = reader.u8();
  const countEncoding = reader.u8();
  const tableEncoding = reader.u8();
  reader.pointer(frameEncoding, header.address);
  const count = reader.pointer(countEncoding, header.address);
  const table = reader.position;
  let from = 0;
  let to = Number(count);
  let offset = -1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    reader.position = table + 8 * middle;
    const start = reader.pointer(tableEncoding, header.address);
    const fde = reader.pointer(tableEncoding, header.address);
    if (start <= pc) {
      offset = Number(fde - frame.address);
      from = middle + 1;
    } else to = middle;
  }
  if (offset < 0) return undefined;
  const fde = parseFde(frame, offset);
  return pc >= fde.start && pc < fde.end ? fde : undefined;
}

function callerOf(stack: BenchStack, registers: Map<bigint, bigint>, fde: NaiveFde, pc: bigint): Map<bigint, bigint> {
  const { cfaRegister, cfaOffset, rules } = evaluate(fde, pc);
  const cfa = BigInt.asUintN(64, registers.get(cfaRegister)! + cfaOffset);
  const view = new DataView(stack.bytes.buffer, stack.bytes.byteOffset, stack.bytes.byteLength);
  const caller = new Map(registers);
  caller.set(7n, cfa);
  for (const [register, rule] of rules) {
    if (rule.kind === 'same') continue;
    caller.set(register, view.getBigUint64(Number(cfa + rule.offset - stack.start), true));
  }
  return caller;
}
