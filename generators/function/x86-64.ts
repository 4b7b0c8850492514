import type { Instruction, Item } from '../assembly/item.ts';
import * as x86 from '../encoder/x86-64/index.ts';
import type { Random } from '../random.ts';
import { RowTracker } from './row-tracker.ts';
import type { FrameStyle } from './style.ts';
import { type FrameState, type FunctionWriter, selectorLabel } from './writer.ts';

const { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } = x86.gpr;
const dwarfSp = x86.dwarfNumber(rsp);
const dwarfFp = x86.dwarfNumber(rbp);

/** Order in which the compilers push, first push first. */
const pushOrder: Record<FrameStyle['order'], readonly x86.Register[]> = {
  gcc: [r15, r14, r13, r12, rbp, rbx],
  llvm: [rbp, r15, r14, r13, r12, rbx],
};
/** Registers that hold nothing anybody waits for. */
const scratch: readonly x86.Register[] = [rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11];
const pageSize = 0x1000;
const redZoneSize = 128;

/** The functions of x86-64 programs. */
export class X86_64Writer implements FunctionWriter {
  readonly items: Item[] = [];
  readonly row: RowTracker;
  readonly #style: FrameStyle;
  readonly #random: Random;
  readonly #selectorShift: number;
  readonly #saved: readonly x86.Register[];
  /** Bytes `sub rsp` takes: locals, slots of stores, and what aligns RSP to 16. */
  readonly #frameSize: number;
  /** Bytes of locals below RSP. */
  readonly #redZone: number;
  #depth = 8;

  constructor(style: FrameStyle, random: Random, selectorShift: number) {
    this.#style = style;
    this.#random = random;
    this.#selectorShift = selectorShift;
    this.row = new RowTracker(this.items, { cfaRegister: dwarfSp, cfaOffset: 8, slots: new Map(), signed: false });
    const candidates = pushOrder[style.order].filter((register) => !style.framePointer || register !== rbp);
    // From the seed, not from the sequence: a fragment gets the same frame.
    const chosen = new Set(random.derive('frame').shuffle(candidates).slice(0, style.saved));
    this.#saved = candidates.filter((register) => chosen.has(register));
    const slots = style.saves === 'store' ? 8 * chosen.size : 0;
    const pushed = 8 + (style.framePointer ? 8 : 0) + (style.saves === 'push' ? 8 * chosen.size : 0);
    this.#redZone = style.leaf && slots === 0 && style.locals <= redZoneSize ? style.locals : 0;
    const size = style.locals - this.#redZone + slots;
    this.#frameSize = size === 0 && style.leaf ? 0 : size + ((16 - ((size + pushed) % 16)) % 16);
  }

  prologue(): void {
    const style = this.#style;
    if (style.landingPad) this.#emit(x86.endbr64());
    if (style.framePointer) {
      this.#push(rbp);
      this.#emit(x86.mov(rbp, rsp));
      this.row.defCfa(dwarfFp, this.#depth);
    }
    this.#schedule();
    if (style.saves === 'push') {
      for (const register of this.#saved) {
        this.#push(register);
        this.#schedule();
      }
    }
    if (this.#frameSize > 0) this.#allocate();
    if (style.saves === 'store') {
      this.#saved.forEach((register, i) => {
        const slot = this.#slot(i);
        this.#schedule();
        this.#emit(x86.store(x86.at(rsp, slot), register));
        this.row.saved(x86.dwarfNumber(register), slot - this.#depth);
      });
    }
  }

  epilogue(): void {
    const style = this.#style;
    if (style.saves === 'store') {
      this.#saved.forEach((register, i) => {
        this.#emit(x86.load(register, x86.at(rsp, this.#slot(i))));
        // Far below SP later on, the slot cannot be relied on: these rules must go.
        this.row.restored(x86.dwarfNumber(register));
      });
    }
    const pushes = style.saves === 'push' ? this.#saved : [];
    if (style.framePointer && pushes.length === 0 && (style.dynamic || this.#random.chance(0.6))) {
      this.#emit(x86.leave());
      this.#depth = 8;
      this.row.defCfa(dwarfSp, 8);
      this.#restored(rbp);
      return;
    }
    if (this.#frameSize > 0 || style.dynamic) this.#free(pushes.length);
    for (const register of pushes.toReversed()) {
      this.#schedule();
      this.#pop(register);
    }
    this.#schedule();
    if (style.framePointer) this.#pop(rbp);
  }

  ret(): void {
    this.#emit(x86.ret());
  }

  overwrite(): void {
    for (const register of this.#saved) this.#emit(x86.movabs(register, this.#random.u64()));
  }

  work(count: number): void {
    for (let i = 0; i < count; i++) this.#emit(this.#workInstruction());
  }

  call(label: string): void {
    this.#emit(x86.call(label));
  }

  callIndirect(label: string): void {
    const register = this.#random.pick([rax, r10, r11]);
    this.#emit(x86.lea(register, x86.place(label)));
    this.#emit(x86.callRegister(register));
  }

  tailCall(label: string): void {
    this.#emit(x86.jmp(label));
  }

  tailCallIndirect(label: string): void {
    const register = this.#random.pick([rax, r10, r11]);
    this.#emit(x86.lea(register, x86.place(label)));
    this.#emit(x86.jmpRegister(register));
  }

  label(name: string): void {
    this.items.push({ label: name });
  }

  jump(label: string): void {
    this.#emit(x86.jmp(label));
  }

  branchIf(bit: number, label: string): void {
    this.#emit(x86.load(rax, x86.place(selectorLabel)));
    this.#emit(x86.testImmediate(rax, 2 ** (this.#selectorShift + bit)));
    this.#emit(x86.jcc('ne', label));
  }

  countDown(variable: string, past: string): void {
    this.#emit(x86.load(rax, x86.place(variable)));
    this.#emit(x86.test(rax, rax));
    this.#emit(x86.jcc('e', past));
    this.#emit(x86.dec(rax));
    this.#emit(x86.store(x86.place(variable), rax));
  }

  fragment(state: FrameState): FunctionWriter {
    const writer = new X86_64Writer(this.#style, this.#random, this.#selectorShift);
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
    this.#emit(x86.store(x86.place(selectorLabel), rdi));
  }

  exit(): void {
    this.#emit(x86.xor32(rdi, rdi));
    this.#emit(x86.mov32Immediate(rax, 60));
    this.#emit(x86.syscall());
  }

  #emit(instruction: Instruction): void {
    this.items.push(instruction);
  }

  /** What a compiler may put between the instructions of a prologue or epilogue: nothing that uses the red zone. */
  #schedule(): void {
    if (this.#style.scheduled && this.#redZone === 0 && this.#random.chance(0.4))
      this.work(this.#random.pick([1, 1, 2]));
  }

  #moveSp(bytes: number): void {
    this.#depth += bytes;
    if (this.row.row.cfaRegister === dwarfSp) this.row.defCfa(dwarfSp, this.#depth);
  }

  #push(register: x86.Register): void {
    this.#emit(x86.push(register));
    this.#moveSp(8);
    this.row.saved(x86.dwarfNumber(register), -this.#depth);
  }

  #pop(register: x86.Register): void {
    this.#emit(x86.pop(register));
    if (register === rbp && this.#style.framePointer) {
      this.#depth -= 8;
      this.row.defCfa(dwarfSp, this.#depth);
    } else this.#moveSp(-8);
    this.#restored(register);
  }

  /** A popped slot stays readable in the red zone, so saying that it was restored is optional. */
  #restored(register: x86.Register): void {
    if (this.#style.restores === 'stated') this.row.restored(x86.dwarfNumber(register));
  }

  /** Offset from RSP of the i-th stored register. */
  #slot(i: number): number {
    return this.#frameSize - 8 * (i + 1);
  }

  #allocate(): void {
    let left = this.#frameSize;
    while (this.#style.probes && left > pageSize) {
      this.#emit(x86.subImmediate(rsp, pageSize));
      this.#moveSp(pageSize);
      this.#emit(x86.storeImmediate(x86.at(rsp), 0));
      left -= pageSize;
    }
    this.#emit(this.#random.chance(0.8) ? x86.subImmediate(rsp, left) : x86.lea(rsp, x86.at(rsp, -left)));
    this.#moveSp(left);
  }

  #free(pushes: number): void {
    const { framePointer, dynamic } = this.#style;
    if (dynamic || (framePointer && this.#random.chance(0.5))) this.#emit(x86.lea(rsp, x86.at(rbp, -8 * pushes)));
    else this.#emit(x86.addImmediate(rsp, this.#frameSize));
    this.#moveSp(-this.#frameSize);
  }

  #workInstruction(): Instruction {
    const random = this.#random;
    const a = random.pick(scratch);
    const b = random.pick(scratch);
    if (this.#redZone > 0 && random.chance(0.4)) {
      return x86.store(x86.at(rsp, -8 * random.between(1, this.#redZone / 8)), a);
    }
    switch (random.below(8)) {
      case 0:
        return x86.mov(a, b);
      case 1:
        return x86.movabs(a, random.u64());
      case 2:
        return x86.add(a, b);
      case 3:
        return x86.subImmediate(a, random.between(-128, 100000));
      case 4:
        return x86.lea(a, x86.indexed(b, random.pick(scratch), 4, random.between(-64, 64)));
      case 5:
        return x86.imul(a, b);
      case 6:
        return x86.xor(a, b);
      default:
        return x86.cmp(a, b);
    }
  }
}
