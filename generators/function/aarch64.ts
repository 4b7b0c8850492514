import type { Instruction, Item } from '../assembly/item.ts';
import * as a64 from '../encoder/aarch64/index.ts';
import type { Random } from '../random.ts';
import { type SaveArea, type Saved, type SaveUnit, saveArea } from './aarch64-save-area.ts';
import { RowTracker } from './row-tracker.ts';
import type { FrameStyle } from './style.ts';
import { type FrameState, type FunctionWriter, selectorLabel } from './writer.ts';

const { x0, x8, x9, x16, x29, sp, xzr } = a64.registers;
const dwarfSp = a64.dwarfNumber(sp);
const dwarfFp = a64.dwarfNumber(x29);
/** x9–x15 hold nothing anybody waits for; a program starts with random values in them. */
const scratch = a64.xRegisters.slice(9, 16);
/** Largest frames that a pre-indexed store can allocate, and a post-indexed load free: of a pair, of one register. */
const pairReach = 496;
const singleReach = 240;
const pageSize = 0x1000;

/** The functions of AArch64 programs. */
export class AArch64Writer implements FunctionWriter {
  readonly items: Item[] = [];
  readonly row: RowTracker;
  readonly #style: FrameStyle;
  readonly #random: Random;
  readonly #selectorShift: number;
  readonly #area: SaveArea;
  /** GCC allocates locals together with the save area and puts them above it. */
  readonly #together: boolean;
  /** LLVM bases the CFA on x29 where there is a frame record, GCC only where it must. */
  readonly #cfaOnFp: boolean;
  #depth = 0;

  constructor(style: FrameStyle, random: Random, selectorShift: number) {
    this.#style = style;
    this.#random = random;
    this.#selectorShift = selectorShift;
    this.row = new RowTracker(this.items, { cfaRegister: dwarfSp, cfaOffset: 0, slots: new Map(), signed: false });
    // From the seed, not from the sequence: a fragment gets the same frame.
    const layout = random.derive('frame');
    this.#area = saveArea(style, layout);
    const total = this.#area.size + style.locals;
    const reach = this.#area.units[0]?.registers.length === 1 ? singleReach : pairReach;
    this.#together = this.#area.size > 0 && style.order === 'gcc' && total <= reach;
    this.#cfaOnFp = style.framePointer && (style.order === 'llvm' || style.dynamic === true || layout.chance(0.3));
  }

  prologue(): void {
    const style = this.#style;
    if (style.sign !== undefined) {
      this.#emit(style.sign === 'a' ? a64.paciasp() : a64.pacibsp());
      this.row.toggleSigned();
    } else if (style.landingPad) this.#emit(a64.bti('c'));
    const { units, size } = this.#area;
    const allocated = this.#together ? size + style.locals : size;
    if (size > 0) {
      units.forEach((unit, i) => {
        if (i === 0 && style.saves === 'push') {
          this.#emit(store(unit, a64.preIndex(sp, -allocated)));
          this.#moveSp(allocated);
        } else {
          if (i === 0) this.#allocate(allocated);
          this.#emit(store(unit, a64.offset(sp, unit.offset)));
        }
        for (const [k, register] of unit.registers.entries()) {
          this.row.saved(a64.dwarfNumber(register), unit.offset + 8 * k - this.#depth);
        }
        this.#schedule();
      });
      if (style.framePointer) {
        const { recordOffset } = this.#area;
        this.#emit(recordOffset === 0 ? a64.mov(x29, sp) : a64.addImmediate(x29, sp, recordOffset));
        if (this.#cfaOnFp) this.row.defCfa(dwarfFp, this.#depth - recordOffset);
      }
    }
    if (!this.#together) this.#allocate(style.locals);
  }

  epilogue(): void {
    const style = this.#style;
    const { units, size, recordOffset } = this.#area;
    const separate = !this.#together && style.locals > 0;
    if (style.dynamic || (separate && style.framePointer && this.#random.chance(0.5))) {
      this.#emit(recordOffset === 0 ? a64.mov(sp, x29) : a64.subImmediate(sp, x29, recordOffset));
      if (separate) this.#moveSp(-style.locals);
    } else if (separate) this.#free(style.locals);
    if (size === 0) return;
    const allocated = this.#together ? size + style.locals : size;
    // From here on x29 is about to change.
    this.row.defCfa(dwarfSp, this.#depth);
    const last = units[0]!;
    const combined = style.saves === 'push' || this.#random.chance(0.5);
    const late: SaveUnit[] = [];
    for (const unit of combined ? units.slice(1) : units) {
      this.#schedule();
      this.#emit(load(unit, a64.offset(sp, unit.offset)));
      if (style.restores === 'stated') this.#restored(unit);
      else late.push(unit);
    }
    if (combined) {
      this.#emit(load(last, a64.postIndex(sp, allocated)));
      late.push(last);
    } else this.#emitAdd(allocated);
    // The slots are below SP now: whatever still names one would be wrong.
    for (const unit of late) this.#restored(unit);
    this.#moveSp(-allocated);
  }

  ret(): void {
    const sign = this.#signedWith();
    if (sign !== undefined && this.#random.chance(0.4)) {
      this.#emit(sign === 'a' ? a64.retaa() : a64.retab());
      return;
    }
    this.#authenticate();
    this.#emit(a64.ret());
  }

  overwrite(): void {
    const saved = this.#area.units.flatMap(({ registers }) => registers);
    for (const register of saved) {
      if (register.kind === 'd') {
        for (const instruction of a64.movConstant(x9, this.#random.u64())) this.#emit(instruction);
        this.#emit(a64.fmov(register, x9));
      } else if (register.code !== 30 && !(register.code === 29 && this.#style.framePointer)) {
        for (const instruction of a64.movConstant(register, this.#random.u64())) this.#emit(instruction);
      }
    }
  }

  work(count: number): void {
    for (let i = 0; i < count; i++) this.#emit(this.#workInstruction());
  }

  call(label: string): void {
    this.#emit(a64.bl(label));
  }

  callIndirect(label: string): void {
    this.#emit(a64.adr(x16, label));
    this.#emit(a64.blr(x16));
  }

  tailCall(label: string): void {
    this.#authenticate();
    this.#emit(a64.b(label));
  }

  tailCallIndirect(label: string): void {
    this.#authenticate();
    this.#emit(a64.adr(x16, label));
    this.#emit(a64.br(x16));
  }

  label(name: string): void {
    this.items.push({ label: name });
  }

  jump(label: string): void {
    this.#emit(a64.b(label));
  }

  branchIf(bit: number, label: string): void {
    this.#emit(a64.adr(x9, selectorLabel));
    this.#emit(a64.ldr(x9, a64.offset(x9)));
    this.#emit(a64.tbnz(x9, this.#selectorShift + bit, label));
  }

  countDown(variable: string, past: string): void {
    const [at, value] = [scratch[0]!, scratch[1]!];
    this.#emit(a64.adr(at, variable));
    this.#emit(a64.ldr(value, a64.offset(at)));
    this.#emit(a64.cbz(value, past));
    this.#emit(a64.subImmediate(value, value, 1));
    this.#emit(a64.str(value, a64.offset(at)));
  }

  fragment(state: FrameState): FunctionWriter {
    const writer = new AArch64Writer(this.#style, this.#random, this.#selectorShift);
    writer.resume(state, 'redeclare');
    return writer;
  }

  state(): FrameState {
    return { row: this.row.row, depth: this.#depth };
  }

  resume(state: FrameState, how: 'restoreState' | 'redeclare'): void {
    if (how === 'restoreState') this.row.restoreState();
    else this.row.redeclare(state.row);
    this.#depth = state.depth;
  }

  storeSelector(): void {
    this.#emit(a64.adr(x9, selectorLabel));
    this.#emit(a64.str(x0, a64.offset(x9)));
  }

  exit(): void {
    this.#emit(a64.movz(x0, 0));
    this.#emit(a64.movz(x8, 93));
    this.#emit(a64.svc());
  }

  #emit(instruction: Instruction): void {
    this.items.push(instruction);
  }

  /** The key the return address is signed with here; before the prologue it is not. */
  #signedWith(): FrameStyle['sign'] {
    return this.row.row.signed ? this.#style.sign : undefined;
  }

  #authenticate(): void {
    const sign = this.#signedWith();
    if (sign === undefined) return;
    this.#emit(sign === 'a' ? a64.autiasp() : a64.autibsp());
    this.row.toggleSigned();
  }

  /** What a compiler may put between the instructions of a prologue or epilogue. */
  #schedule(): void {
    if (this.#style.scheduled && this.#random.chance(0.4)) this.work(this.#random.pick([1, 1, 2]));
  }

  #moveSp(bytes: number): void {
    this.#depth += bytes;
    if (this.row.row.cfaRegister === dwarfSp) this.row.defCfa(dwarfSp, this.#depth);
  }

  #restored(unit: SaveUnit): void {
    for (const register of unit.registers) this.row.restored(a64.dwarfNumber(register));
  }

  /** Grows the stack, in steps an immediate can take or, with probes, page by page. */
  #allocate(bytes: number): void {
    let left = bytes;
    while (this.#style.probes && left > pageSize) {
      this.#emit(a64.subImmediate(sp, sp, pageSize));
      this.#moveSp(pageSize);
      this.#emit(a64.str(xzr, a64.offset(sp)));
      left -= pageSize;
    }
    for (const step of immediateSteps(left)) {
      this.#emit(a64.subImmediate(sp, sp, step));
      this.#moveSp(step);
    }
  }

  #free(bytes: number): void {
    for (const step of immediateSteps(bytes).toReversed()) {
      this.#emit(a64.addImmediate(sp, sp, step));
      this.#moveSp(-step);
    }
  }

  #emitAdd(bytes: number): void {
    this.#emit(a64.addImmediate(sp, sp, bytes));
  }

  #workInstruction(): Instruction {
    const random = this.#random;
    const [a, b, c] = [random.pick(scratch), random.pick(scratch), random.pick(scratch)];
    switch (random.below(6)) {
      case 0:
        return a64.mov(a, b);
      case 1:
        return a64.addRegister(a, b, c);
      case 2:
        return a64.subImmediate(a, b, random.below(4096));
      case 3:
        return a64.mul(a, b, c);
      case 4:
        return a64.eorRegister(a, b, c);
      default:
        return a64.cmpRegister(a, b);
    }
  }
}

/** A number of bytes as immediates `sub` and `add` can hold: a multiple of 4096 and the rest. */
function immediateSteps(bytes: number): number[] {
  return [bytes & ~0xfff, bytes & 0xfff].filter((step) => step > 0);
}

function store({ registers: [first, second] }: SaveUnit, address: a64.ImmediateAddress): Instruction {
  return second === undefined ? a64.str(first!, address) : a64.stp<Saved>(first!, second, address);
}

function load({ registers: [first, second] }: SaveUnit, address: a64.ImmediateAddress): Instruction {
  return second === undefined ? a64.ldr(first!, address) : a64.ldp<Saved>(first!, second, address);
}
