import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { cfi } from '../cfi/index.ts';
import * as a64 from '../encoder/aarch64/index.ts';
import * as x86 from '../encoder/x86-64/index.ts';
import { createWriter } from '../function/create-writer.ts';
import { plainStyle } from '../function/style.ts';
import type { FunctionWriter } from '../function/writer.ts';
import type { DataBlock } from '../link/index.ts';
import type { Random } from '../random.ts';
import { type Fragments, ordinary } from './chain.ts';

const { r10, r11, rsp } = x86.gpr;
const { x9, x16, x17, x30, sp } = a64.registers;
const pairSize = 16;
const cellSize = 8;

/** Functions called through the PLT: all but the entry. */
export const pltTargets: readonly string[] = ['function1', 'function2', 'function3', 'function4'];
/** What the first entry of x86-64 pushes; large, so that `push` takes five bytes as it does where there are many entries. */
export const firstPltIndex = 0x1000;

export const pltEntry = (target: string): string => `plt.${target}`;
export const gotCell = (target: string): string => `got.${target}`;
/** What a cell points to before the function is known. */
export const lazyPart = (target: string): string => `plt.lazy.${target}`;

function cell(label: string, pointer?: string): DataBlock {
  const block = { label, bytes: new Uint8Array(cellSize), align: cellSize, writable: true };
  return pointer === undefined ? block : { ...block, pointers: [{ offset: 0, label: pointer }] };
}

/** `.got.plt`, and pairs of a cell's and a function's address for the resolver; `unresolved` names what cells hold. */
export function pltData(unresolved: (target: string) => string): DataBlock[] {
  return [
    cell('got.link-map'),
    cell('got.resolver', 'resolver'),
    ...pltTargets.map((target) => cell(gotCell(target), unresolved(target))),
    {
      label: 'pairs',
      bytes: new Uint8Array(pairSize * pltTargets.length),
      pointers: pltTargets.flatMap((target, i) => [
        { offset: pairSize * i, label: gotCell(target) },
        { offset: pairSize * i + 8, label: target },
      ]),
    },
  ];
}

/** Adds a fragment of hand-written items. */
export function addItems(
  fragments: Fragments,
  architecture: ArchitectureName,
  random: Random,
  name: string,
  items: FunctionWriter['items'],
): void {
  const writer = createWriter(architecture, plainStyle, random);
  writer.items.push(...items);
  fragments.add(name, writer);
}

/** The head of the PLT, and what the dynamic linker's resolver does: it fills the cell and jumps to the function. */
export function addHeadAndResolver(architecture: ArchitectureName, fragments: Fragments, random: Random): void {
  const add = (name: string, items: FunctionWriter['items']) => addItems(fragments, architecture, random, name, items);
  if (architecture === 'x86-64') {
    add('plt.head', [
      { cfi: cfi.defCfaOffset(16) },
      x86.pushMemory(x86.place('got.link-map')),
      { cfi: cfi.defCfaOffset(24) },
      x86.jmpMemory(x86.place('got.resolver')),
    ]);
    add('resolver', [
      { cfi: cfi.defCfaOffset(24) },
      x86.load(r11, x86.at(rsp, 8)),
      x86.imulImmediate(r11, r11, pairSize),
      x86.lea(r10, x86.place('pairs')),
      x86.add(r10, r11),
      x86.subImmediate(r10, pairSize * firstPltIndex),
      x86.load(r11, x86.at(r10)),
      x86.load(r10, x86.at(r10, 8)),
      x86.store(x86.at(r11), r10),
      x86.addImmediate(rsp, 16),
      { cfi: cfi.defCfaOffset(8) },
      x86.jmpRegister(r10),
    ]);
    return;
  }
  const saved = [
    { cfi: cfi.defCfaOffset(16) },
    { cfi: cfi.offset(a64.dwarfNumber(x16), -16) },
    { cfi: cfi.offset(a64.dwarfNumber(x30), -8) },
  ];
  add('plt.head', [
    a64.stp(x16, x30, a64.preIndex(sp, -16)),
    ...saved,
    a64.adrp(x16, 'got.resolver'),
    a64.addLow12(x16, x16, 'got.resolver'),
    a64.ldr(x17, a64.offset(x16)),
    a64.br(x17),
  ]);
  add('resolver', [
    ...saved,
    a64.ldr(x16, a64.offset(sp)),
    // Two cells lie before those of the functions, and each pair is twice as large as a cell.
    a64.adr(x9, 'got.resolver'),
    a64.subRegister(x9, x16, x9),
    a64.lslImmediate(x9, x9, 1),
    a64.adr(x17, 'pairs'),
    a64.addRegister(x17, x17, x9),
    a64.ldur(x17, a64.offset(x17, 8 - pairSize)),
    a64.str(x17, a64.offset(x16)),
    a64.ldp(x16, x30, a64.postIndex(sp, 16)),
    { cfi: cfi.restore(a64.dwarfNumber(x16)) },
    { cfi: cfi.restore(a64.dwarfNumber(x30)) },
    { cfi: cfi.defCfaOffset(0) },
    a64.br(x17),
  ]);
}

/** Calls the next function through `entry`, once or twice: then its cell has the function's address the second time. */
export function callThroughPlt(
  writer: FunctionWriter,
  next: string | undefined,
  random: Random,
  entry: (target: string) => string,
): void {
  if (next === undefined || random.chance(0.6)) {
    ordinary(writer, next === undefined ? undefined : entry(next), random);
    return;
  }
  writer.prologue();
  writer.overwrite();
  writer.call(entry(next));
  writer.work(random.between(1, 3));
  writer.call(entry(next));
  writer.work(random.between(1, 3));
  writer.epilogue();
  writer.ret();
}
