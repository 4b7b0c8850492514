import type { Stack } from '../program.ts';
import type { Random } from '../random.ts';

/** Where a program lies in memory. */
export interface Placement {
  readonly type: 'executable' | 'shared';
  readonly textAddress: bigint;
  readonly loadBias: bigint;
  /** Where data and unwind information lie in the file, where that is not right behind the text. */
  readonly dataAddress?: bigint;
  readonly unwindAddress?: bigint;
  readonly stacks: readonly Stack[];
}

const page = 0x1000n;

/** As an ordinary Linux process: at a fixed low address or position-independent, the stack high in user space. */
export function ordinaryPlacement(random: Random): Placement {
  const pages = BigInt(random.below(0x10000)) * page;
  const stacks = [mainStack(0x7ffc_0000_0000n + BigInt(random.below(0x100000)) * page)];
  return random.chance(0.5)
    ? { type: 'executable', textAddress: 0x401000n + pages, loadBias: 0n, stacks }
    : { type: 'shared', textAddress: 0x1000n, loadBias: 0x5555_5555_0000n + pages, stacks };
}

/** As a kernel: code and stack in the upper half of the address space. */
export function upperHalfPlacement(random: Random): Placement {
  return {
    type: 'executable',
    textAddress: 0xffff_ffff_8100_0000n + BigInt(random.below(0x1000)) * page,
    loadBias: 0n,
    stacks: [mainStack(0xffff_c900_0000_0000n + BigInt(random.below(0x10000)) * page)],
  };
}

/** A stack to start on, big enough for several signal frames. */
export function mainStack(start: bigint, size = 0x10000): Stack {
  return { name: 'main', start, size, behind: 'nobody' };
}
