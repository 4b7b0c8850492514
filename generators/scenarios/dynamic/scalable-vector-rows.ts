import type { CodeFunction, Instruction, Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi, type DwarfOperation, dwarf, expression } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { ordinaryPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';

const name = 'dynamic/scalable-vector-rows';
const { x29, x30, sp } = a64.registers;
const [fp, lr, stackPointer] = [x29, x30, sp].map(a64.dwarfNumber) as [number, number, number];
/** DWARF number of VG: how many times 64 bits a scalable vector has (aadwarf64, "DWARF register names"). */
const vg = 46;
const instructionSize = 4;
/** Bytes of the frame record, which lies below the CFA. */
const record = 16;
const scratch = a64.xRegisters.slice(9, 16);

/**
 * Functions whose frames hold scalable vectors, which the emulator at hand does not execute: only what the rows say is
 * judged.
 */
export const scalableVectorRows: Scenario = {
  name,
  description: 'frames that hold scalable vectors: what the rows say, by VG; none of it is executed',
  about:
    'A frame with scalable vectors (SVE) is as large as the machine makes them: the CFA is SP plus a constant plus a ' +
    'multiple of VG, DWARF register 46, by DW_CFA_def_cfa_expression with DW_OP_bregx, and d8 to d15 lie at such ' +
    'distances below the CFA. Their code cannot be executed here, so the rows themselves are compared. An unwinder that ' +
    'does not know the value of VG must say so; wrong ones take a register they do not keep for 0, which makes the frame ' +
    'too small by all its vectors, or read past the end of their register table.',
  source: 'aadwarf64, "DWARF register names", VG; LLVM, AArch64FrameLowering, "sp + 16 + 8 * VG"',
  architectures: ['aarch64'],
  needs: ['callee-saved', 'expressions'],
  count: (mode) => (mode === 'full' ? 20 : 1),
  generate(architecture, index, seed) {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    const listings = Array.from({ length: random.between(3, 6) }, (_, i) =>
      vectorFunction(`function${i}`, random.derive(i)),
    );
    return buildProgram({
      scenario: name,
      needs: scalableVectorRows.needs,
      architecture,
      index,
      seed,
      placement: ordinaryPlacement(random),
      functions: listings.map(({ code }) => code),
      padding: listings.map(({ code }) => code.name),
      runs: () => [],
      expectedRows: (linked) =>
        listings.flatMap(({ code, rows }) => {
          const start = addressOf(linked, code.name);
          return rows.map((row, i) => ({ at: start + BigInt(instructionSize * i), row }));
        }),
    });
  },
};

/** A function and the row that holds at each of its instructions, written down apart from its directives. */
interface Listing {
  readonly code: CodeFunction;
  readonly rows: readonly string[];
}

/** As LLVM writes a function that saves scalable registers and keeps vectors on its stack. */
function vectorFunction(name: string, random: Random): Listing {
  const items: Item[] = [];
  const rows: string[] = [];
  const row = { cfa: 'sp', record: '', vectors: '' };
  const emit = (...instructions: readonly Instruction[]) => {
    items.push(...instructions);
    for (const _ of instructions) rows.push([`CFA=${row.cfa}`, row.record, row.vectors].filter(Boolean).join(' '));
  };
  const say = (change: Partial<typeof row>, ...directives: readonly CfiDirective[]) => {
    items.push(...directives.map((directive) => ({ cfi: directive })));
    Object.assign(row, change);
  };
  const work = () => {
    for (let count = random.between(1, 3); count > 0; count--) {
      emit(a64.eorRegister(random.pick(scratch), random.pick(scratch), random.pick(scratch)));
    }
  };
  const isShort = random.chance(0.5);
  /** CFA = SP + the frame record + so many vectors. */
  const grown = (vectors: number) => {
    const { text, operations } = isShort ? shortCfa(vectors) : longCfa(vectors);
    say({ cfa: `{${text}}` }, cfi.defCfaExpression(expression(...operations)));
  };
  const saved = random.between(0, 8);
  const locals = random.between(1, 20);
  const isFramed = random.chance(0.4);
  emit(a64.stp(x29, x30, a64.preIndex(sp, -record)));
  say({ cfa: `sp+${record}`, record: 'x29=[CFA-16] x30=[CFA-8]' }, cfi.defCfaOffset(record));
  say({}, cfi.offset(fp, -16), cfi.offset(lr, -8));
  if (isFramed) {
    emit(a64.mov(x29, sp));
    say({ cfa: `x29+${record}` }, cfi.defCfaRegister(fp));
  }
  const move = (vectors: number, total: number) => {
    emit(a64.addvl(sp, sp, vectors));
    if (isFramed) return;
    if (total > 0) grown(total);
    else say({ cfa: `sp+${record}` }, cfi.defCfa(stackPointer, record));
  };
  if (saved > 0) move(-saved, saved);
  for (let i = 0; i < saved; i++) {
    const { text, operations } = slot(saved - i);
    emit(a64.strVector(8 + i, sp, i));
    const vectors = [row.vectors, `d${8 + i}=[{${text}}]`].filter(Boolean).join(' ');
    say({ vectors }, cfi.expression(a64.dwarfNumber(a64.dRegisters[8 + i]!), expression(...operations)));
  }
  move(-locals, saved + locals);
  work();
  move(locals, saved);
  for (let i = 0; i < saved; i++) emit(a64.ldrVector(8 + i, sp, i));
  if (saved > 0) {
    move(saved, 0);
    const restored = a64.dRegisters.slice(8, 8 + saved).map((d) => cfi.restoreExtended(a64.dwarfNumber(d)));
    say({ vectors: '' }, ...restored);
  }
  if (isFramed) say({ cfa: `sp+${record}` }, cfi.defCfa(stackPointer, record));
  emit(a64.ldp(x29, x30, a64.postIndex(sp, record)));
  say({ cfa: 'sp', record: '' }, cfi.defCfaOffset(0), cfi.restore(fp), cfi.restore(lr));
  emit(a64.ret());
  return { code: { name, items, align: instructionSize }, rows };
}

/** An expression and how a row prints it. */
interface Spelled {
  readonly text: string;
  readonly operations: readonly DwarfOperation[];
}

/** The CFA as newer LLVM spells it. */
function shortCfa(vectors: number): Spelled {
  return {
    text: `sp+${record} r${vg}+0 const1u(${8 * vectors}) mul plus`,
    operations: [
      dwarf.breg(stackPointer, record),
      dwarf.bregx(vg, 0),
      dwarf.const1u(8 * vectors),
      dwarf.mul(),
      dwarf.plus(),
    ],
  };
}

/** The CFA as older LLVM spells it. */
function longCfa(vectors: number): Spelled {
  return {
    text: `sp+0 consts(${record}) plus consts(${8 * vectors}) r${vg}+0 mul plus`,
    operations: [dwarf.breg(stackPointer, 0), dwarf.consts(record), dwarf.plus(), ...plusVectorGranules(8 * vectors)],
  };
}

/** Where a vector lies, so many vectors below the frame record; the CFA is on the stack already. */
function slot(vectors: number): Spelled {
  return {
    text: `consts(${-record}) plus consts(${-8 * vectors}) r${vg}+0 mul plus`,
    operations: [dwarf.consts(-record), dwarf.plus(), ...plusVectorGranules(-8 * vectors)],
  };
}

/** Adds a multiple of VG. */
function plusVectorGranules(factor: number): DwarfOperation[] {
  return [dwarf.consts(factor), dwarf.bregx(vg, 0), dwarf.mul(), dwarf.plus()];
}
