import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { plainStyle } from '../../function/style.ts';
import type { DataBlock } from '../../link/index.ts';
import type { Random } from '../../random.ts';
import { type Fragments, ordinary } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';

const { r10, r11, rsp } = x86.gpr;
const dwarfSp = x86.dwarfNumber(rsp);

/** Functions called through the PLT: all but the entry. */
const targets = ['function1', 'function2', 'function3', 'function4'];
/** What the first entry pushes; large, so that `push` takes five bytes as it does where there are many entries. */
const firstIndex = 0x1000;
const pairSize = 16;

const pltEntry = (target: string) => `plt.${target}`;
const gotCell = (target: string) => `got.${target}`;
const lazyPart = (target: string) => `plt.lazy.${target}`;

function cell(label: string, pointer?: string): DataBlock {
  const block = { label, bytes: new Uint8Array(8), align: 8, writable: true };
  return pointer === undefined ? block : { ...block, pointers: [{ offset: 0, label: pointer }] };
}

/** `.got.plt`, and pairs of a cell's and a function's address for the resolver. */
const data: readonly DataBlock[] = [
  cell('got.link-map'),
  cell('got.resolver', 'resolver'),
  ...targets.map((target) => cell(gotCell(target), lazyPart(target))),
  {
    label: 'pairs',
    bytes: new Uint8Array(pairSize * targets.length),
    pointers: targets.flatMap((target, i) => [
      { offset: pairSize * i, label: gotCell(target) },
      { offset: pairSize * i + 8, label: target },
    ]),
  },
];

/** The head of the PLT, its entries, and what the dynamic linker's resolver does; GNU ld's CFI. */
function addPlt(fragments: Fragments, random: Random): void {
  const head = createWriter('x86-64', plainStyle, random);
  head.items.push(
    { cfi: cfi.defCfaOffset(16) },
    x86.pushMemory(x86.place('got.link-map')),
    { cfi: cfi.defCfaOffset(24) },
    x86.jmpMemory(x86.place('got.resolver')),
  );
  fragments.add('plt.head', head);

  const entries = createWriter('x86-64', plainStyle, random);
  // 11 bytes into its 16, an entry has pushed its index.
  const pushed = [dwarf.breg(16, 0), dwarf.lit(15), dwarf.and(), dwarf.lit(11), dwarf.ge(), dwarf.lit(3), dwarf.shl()];
  const cfa = expression(dwarf.breg(dwarfSp, 8), ...pushed, dwarf.plus());
  entries.items.push({ cfi: cfi.defCfaExpression(cfa) });
  targets.forEach((target, i) => {
    entries.items.push(
      { label: pltEntry(target) },
      x86.jmpMemory(x86.place(gotCell(target))),
      { label: lazyPart(target) },
      x86.pushImmediate(firstIndex + i),
      x86.jmp('plt.head'),
    );
  });
  fragments.add('plt.entries', entries);

  const resolver = createWriter('x86-64', plainStyle, random);
  resolver.items.push(
    { cfi: cfi.defCfaOffset(24) },
    x86.load(r11, x86.at(rsp, 8)),
    x86.imulImmediate(r11, r11, pairSize),
    x86.lea(r10, x86.place('pairs')),
    x86.add(r10, r11),
    x86.subImmediate(r10, pairSize * firstIndex),
    x86.load(r11, x86.at(r10)),
    x86.load(r10, x86.at(r10, 8)),
    x86.store(x86.at(r11), r10),
    x86.addImmediate(rsp, 16),
    { cfi: cfi.defCfaOffset(8) },
    x86.jmpRegister(r10),
  );
  fragments.add('resolver', resolver);
}

/** Calls through a procedure linkage table, whose CFA depends on the PC. */
export const plt = chainScenario({
  name: 'rules/plt',
  description: 'calls through a PLT, first lazily, whose one row covers every instruction: (rip & 15) >= 11',
  source: 'GNU ld, elf_x86_64_eh_frame_plt',
  architectures: ['x86-64'],
  needs: ['callee-saved', 'expressions'],
  bits: 0,
  programs: { full: 30, quick: 4 },
  link: () => ({ data }),
  links: (random) =>
    [undefined, ...targets].map((_, i) => ({
      style: ordinaryStyle(random.derive(i)),
      write(writer, next, own, _name, fragments) {
        if (i === 0) addPlt(fragments, own.derive('plt'));
        // Called twice, the cell has the function's address the second time.
        if (next !== undefined && own.chance(0.4)) {
          writer.prologue();
          writer.overwrite();
          writer.call(pltEntry(next));
          writer.work(own.between(1, 3));
          writer.call(pltEntry(next));
          writer.work(own.between(1, 3));
          writer.epilogue();
          writer.ret();
        } else ordinary(writer, next === undefined ? undefined : pltEntry(next), own);
      },
    })),
});
