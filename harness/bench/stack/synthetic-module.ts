import { readElf } from '../../../engine/index.ts';
import { writeElf } from '../../../generators/elf/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchModule, BenchStack } from '../bench-stack.ts';
import { buildStack } from './build-stack.ts';
import type { CallSite } from './call-site.ts';

export interface SyntheticOptions {
  /** Number of functions. */
  readonly functions: number;
  /** Registers that function `i` saves, 0 to 6. */
  readonly saved: (i: number) => number;
  /** Epilogues of a function before its call, each between remember and restore; 0 if absent. */
  readonly earlyReturns?: number;
  /** Default: 0x560000000000. */
  readonly loadBias?: bigint;
}

/** A module with nothing in its functions, but complete CFI. */
export interface SyntheticModule extends BenchModule {
  /** Number of functions. */
  readonly functions: number;
  /** The place behind the call of function `i`. */
  site(i: number): CallSite;
}

const textAddress = 0x1000n;
const functionSize = 64;
/** Where in a function its call returns to. */
const returnOffset = 56;
/** rbp, r15, r14, r13, r12, rbx: LLVM's order. */
const pushOrder = [6, 15, 14, 13, 12, 3];
const locals = 24;
const groupSize = 7;

/** `zR`, code alignment 1, data alignment -8, RA in column 16, addresses `pcrel | sdata4`; CFA = RSP+8, RA at CFA-8. */
const cie = [0x14, 0, 0, 0, 0, 0, 0, 0, 1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0];

/**
 * A module of any number of functions, a million included: the generators' writers make every instruction an object and
 * every address a BigInt, which is too slow for that. Its CFI is what LLVM writes for functions that push registers.
 */
export function syntheticModule(name: string, options: SyntheticOptions): SyntheticModule {
  const { functions, saved, loadBias = 0x5600_0000_0000n } = options;
  const entries = new Map<number, Uint8Array>();
  const entryOf = (i: number): Uint8Array => {
    const count = saved(i);
    let entry = entries.get(count);
    if (entry === undefined) {
      entry = fdeEntry(count, options.earlyReturns ?? 0);
      entries.set(count, entry);
    }
    return entry;
  };
  let size = cie.length + 4;
  for (let i = 0; i < functions; i++) size += entryOf(i).length;
  const page = 0x1000n;
  const headerAddress = ((textAddress + BigInt(functions * functionSize) + page - 1n) / page) * page;
  const header = new Uint8Array(12 + 8 * functions);
  const frameAddress = (headerAddress + BigInt(header.length) + 7n) & ~7n;
  const frames = new Uint8Array(size);
  const headerView = new DataView(header.buffer);
  const frameView = new DataView(frames.buffer);
  header.set([1, 0x1b, 0x03, 0x3b]);
  headerView.setInt32(4, Number(frameAddress - headerAddress) - 4, true);
  headerView.setUint32(8, functions, true);
  frames.set(cie);
  const text = Number(textAddress - headerAddress);
  const distance = Number(frameAddress - headerAddress);
  let offset = cie.length;
  for (let i = 0; i < functions; i++) {
    const entry = entryOf(i);
    frames.set(entry, offset);
    frameView.setUint32(offset + 4, offset + 4, true);
    frameView.setInt32(offset + 8, text + i * functionSize - distance - (offset + 8), true);
    headerView.setInt32(12 + 8 * i, text + i * functionSize, true);
    headerView.setInt32(16 + 8 * i, distance + offset, true);
    offset += entry.length;
  }
  const image = writeElf({
    architecture: 'x86-64',
    type: 'shared',
    entry: textAddress,
    sections: [
      {
        name: '.text',
        address: textAddress,
        bytes: new Uint8Array(functions * functionSize),
        access: 'rx',
        alignment: 64,
      },
      { name: '.eh_frame_hdr', address: headerAddress, bytes: header, access: 'r', alignment: 4 },
      { name: '.eh_frame', address: frameAddress, bytes: frames, access: 'r', alignment: 8 },
    ],
    symbols: [],
  });
  return {
    name,
    elf: readElf(image),
    loadBias,
    functions,
    site: (i) => ({
      pc: loadBias + textAddress + BigInt(i * functionSize + returnOffset),
      frameSize: 8 * (saved(i) + 1) + locals,
      saved: pushOrder.slice(0, saved(i)).map((column, k) => ({ column, offset: -16 - 8 * k })),
    }),
  };
}

/** An FDE with empty CIE pointer and address: pushes, then locals; after each early return the frame is there again. */
function fdeEntry(saved: number, earlyReturns: number): Uint8Array {
  const instructions: number[] = [];
  const defCfaOffset = (offset: number): void => void instructions.push(0x0e, offset);
  for (let k = 0; k < saved; k++) {
    instructions.push(0x41);
    defCfaOffset(16 + 8 * k);
  }
  instructions.push(0x44);
  defCfaOffset(8 * (saved + 1) + locals);
  for (let k = saved - 1; k >= 0; k--) instructions.push(0x80 | pushOrder[k]!, 2 + k);
  for (let i = 0; i < earlyReturns; i++) {
    instructions.push(0x42, 0x0a, 0x44);
    for (let k = saved; k >= 0; k--) {
      defCfaOffset(8 * (k + 1));
      instructions.push(0x41);
    }
    instructions.push(0x0b);
  }
  const length = (17 + instructions.length + 7) & ~7;
  const entry = new Uint8Array(length);
  const view = new DataView(entry.buffer);
  view.setUint32(0, length - 4, true);
  view.setUint32(12, functionSize, true);
  entry.set(instructions, 17);
  return entry;
}

/**
 * A stack over `distinct` functions in turn: all of a module that has no more, otherwise groups of seven, spread over
 * it.
 * Where what a function saves depends on its index modulo 7, modules of all sizes give the same stack.
 */
export function syntheticStack(module: SyntheticModule, random: Random, depth = 128, distinct = 56): BenchStack {
  const functions = Math.min(distinct, module.functions);
  const groups = Math.ceil(functions / groupSize);
  const groupsThere = Math.floor(module.functions / groupSize);
  const shifts = Array.from({ length: groups }, () => random.below(1000) / 1000);
  const sites = Array.from({ length: functions }, (_, i) => {
    if (functions === module.functions) return module.site(i);
    const nth = Math.floor(i / groupSize);
    const room = groupsThere / groups;
    const group = Math.floor(nth * room + shifts[nth]! * room);
    return module.site(groupSize * group + (i % groupSize));
  });
  const frames = Array.from({ length: depth }, (_, i) => sites[i % functions]!);
  return buildStack(module.name, module.elf.architecture, [module], frames, random);
}
