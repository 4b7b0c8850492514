import type { Architecture } from '../../engine/index.ts';
import type { Run } from '../../generators/program.ts';
import { Random } from '../../generators/random.ts';
import type { SignalKernel } from '../signal/kernel.ts';
import { writeColumn } from '../truth/address.ts';
import type { StackRegion } from '../truth/stack-region.ts';

/** Random bytes for memory nobody has written yet. */
export function randomBytes(seed: string, length: number): Uint8Array {
  const random = new Random(seed);
  const words = new Uint32Array(length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = random.u32();
  return new Uint8Array(words.buffer);
}

/**
 * Sets registers and stack up as at the first instruction of a run: every register random, the integer arguments in
 * place, the sentinel as return address (`call`), or an empty argument vector on the stack as the kernel leaves it for
 * `_start` (`jump`).
 */
export function enter(
  architecture: Architecture,
  kernel: SignalKernel,
  registers: Uint32Array,
  stack: StackRegion,
  run: Run,
  sentinel: bigint,
  seed: string,
): void {
  const random = new Random(seed);
  for (let i = 0; i < registers.length; i++) registers[i] = random.u32();
  if (architecture.signState >= 0) writeColumn(registers, architecture.signState, 0n);
  run.arguments.forEach((value, i) => {
    const column = kernel.argumentColumns[i];
    if (column === undefined) throw new RangeError(`a run has at most ${kernel.argumentColumns.length} arguments`);
    writeColumn(registers, column, value);
  });
  // Some room above, so that whoever reads beyond the outermost frame finds memory, and so that SP varies.
  let sp = stack.stack.start + BigInt(stack.stack.size - 0x200 - 16 * random.below(32));
  if (run.start === 'jump') {
    const auxiliaryVector = new Uint8Array(6 * 8);
    stack.segment.bytes.set(auxiliaryVector, Number(sp - stack.stack.start));
  } else if (architecture.link < 0) {
    sp -= 8n;
    stack.window.view.setBigUint64(Number(sp - stack.stack.start), sentinel, true);
  } else {
    writeColumn(registers, architecture.link, sentinel);
  }
  writeColumn(registers, architecture.sp, sp);
  writeColumn(registers, architecture.pc, run.entry);
}
