import type { Architecture, Ending } from '../../engine/index.ts';
import type { Delivery } from '../signal/kernel.ts';
import { compareAddresses, readColumn } from './address.ts';
import type { TrueFrameKind } from './frame.ts';
import { type FunctionExtents, isSameFunction } from './function-extents.ts';
import { callerColumns, interruptedColumns, ShadowFrame } from './shadow-frame.ts';
import type { StackRegion } from './stack-region.ts';

/**
 * Who stands behind the running function, from execution alone. Each stack of the program has a shadow stack of its
 * own; the current one follows SP. All methods take the register file at an instruction that has not executed yet.
 */
export class ShadowStacks {
  top: ShadowFrame | null = null;
  /** A stack within other memory, perhaps within another stack, that signals are handled on and nothing else runs on. */
  alternate: StackRegion | undefined;
  /** Those of what is in memory. */
  functions: FunctionExtents;
  readonly #architecture: Architecture;
  readonly #regions: readonly StackRegion[];
  readonly #callerColumns: Uint8Array;
  readonly #interruptedColumns: Uint8Array;
  readonly #free: ShadowFrame[] = [];
  /** Every PC that a call has returned to. */
  readonly #landedAt = new Set<number>();
  /** The landings of a function without a caller. */
  readonly #outermostLandings: number[] = [];
  #current: StackRegion;

  /** The first region is the one the entry runs on. */
  constructor(architecture: Architecture, regions: readonly StackRegion[], functions: FunctionExtents) {
    this.#architecture = architecture;
    this.functions = functions;
    this.#regions = regions;
    this.#callerColumns = callerColumns(architecture);
    this.#interruptedColumns = interruptedColumns(architecture);
    const first = regions[0];
    if (first === undefined) throw new RangeError('a program needs a stack');
    this.#current = first;
    first.entered = true;
  }

  /** The stack in use. */
  get current(): StackRegion {
    return this.#current;
  }

  /** How a right walk ends. */
  get ending(): Ending {
    return this.top === null ? 'root' : this.top.ending;
  }

  get depth(): number {
    return this.top === null ? 0 : this.top.depth;
  }

  /**
   * Follows SP to the stack it is in and limits what can be read there. False where SP is in no stack: then nothing is
   * known about what is live, and the instruction is not a stop.
   */
  follow(registers: Uint32Array): boolean {
    const { sp } = this.#architecture;
    const lo = registers[2 * sp]!;
    const hi = registers[2 * sp + 1]!;
    let offset = this.#current.offsetOf(lo, hi);
    if (offset < 0) {
      const next = this.#regionAt(lo, hi);
      if (next === undefined) return false;
      this.#switchTo(next);
      offset = next.offsetOf(lo, hi);
    }
    this.#current.limit(offset);
    return true;
  }

  /** A caller appears: `registers` are those at the callee's first instruction. */
  call(registers: Uint32Array, resumeLo: number, resumeHi: number): void {
    const frame = this.#push('caller', this.#callerColumns, registers);
    const { pc, sp, link } = this.#architecture;
    frame.callsNext = link < 0 && registers[2 * pc] === resumeLo && registers[2 * pc + 1] === resumeHi;
    frame.registers[2 * pc] = resumeLo;
    frame.registers[2 * pc + 1] = resumeHi;
    if (link < 0) addTo(frame.registers, sp, 8);
  }

  /** The sentinel: whoever called the entry function. */
  sentinel(registers: Uint32Array, resumeLo: number, resumeHi: number): void {
    this.call(registers, resumeLo, resumeHi);
    this.top!.kind = 'sentinel';
    this.top!.ending = 'no-info';
  }

  /**
   * An indirect jump was made, perhaps a return. Where it leads to the resumption of a caller, with its SP, that
   * caller's frame goes; frames that lie below the new SP are dead and go too (longjmp), and those that came since a call
   * returned to the very place (a second return of setjmp), or that the jump leaves (a landing pad of C++). `hasMovedStack`:
   * the instruction before the jump has moved SP by a register. Returns the caller that was returned to in the ordinary
   * way, or null; its registers stay valid until the next call of a method.
   */
  transfer(registers: Uint32Array, fromLo: number, fromHi: number, hasMovedStack: boolean): ShadowFrame | null {
    const top = this.top;
    if (top !== null && this.#isResumed(top, registers)) {
      this.#pop();
      this.#landed(registers);
      return top;
    }
    this.dropDead(registers);
    if (this.top !== null && this.#isResumed(this.top, registers)) this.#pop();
    else if (!this.#landAgain(registers)) {
      // With the SP of the call there is no return address left for who might be called last.
      this.#leave(registers, fromLo, fromHi, hasMovedStack || this.#architecture.link < 0);
    }
    return null;
  }

  /** A direct jump was made: it returns to nobody, but may leave frames that are dead. */
  jump(registers: Uint32Array, fromLo: number, fromHi: number): void {
    this.dropDead(registers);
    // Elsewhere the SP of the call may be that of a callee that has pushed nothing yet.
    const popsReturnAddress = this.#architecture.link < 0;
    if (popsReturnAddress) this.#leave(registers, fromLo, fromHi, false);
  }

  /**
   * Where a jump leads out of a callee into a function that waits for it, with the SP of then, the callee is over.
   * Functions are told by their extents. Who jumps to the start of one may as well have called it last, and who jumps
   * within one has not left it. Where nothing is known of the function jumped to, as in files without symbols, `isOver`
   * says whether the callee is over.
   */
  #leave(registers: Uint32Array, fromLo: number, fromHi: number, isOver: boolean): void {
    const { pc, sp } = this.#architecture;
    if (this.top === null || !isEqual(this.top.registers, registers, sp)) return;
    const target = this.functions.at(readColumn(registers, pc));
    if (target === undefined) {
      if (isOver && this.top.kind === 'caller') this.#pop();
      return;
    }
    if (!target.isCold && target.start === readColumn(registers, pc)) return;
    if (isSameFunction(target, this.functions.at((BigInt(fromHi) << 32n) | BigInt(fromLo)))) return;
    let frame: ShadowFrame | null = this.top;
    while (frame !== null && frame.kind === 'caller' && isEqual(frame.registers, registers, sp)) {
      // The call may be the last instruction of its function.
      const waiting = this.functions.at(readColumn(frame.registers, pc) - 1n);
      frame = frame.behind;
      if (!isSameFunction(target, waiting)) continue;
      while (this.top !== frame) this.#pop();
      return;
    }
  }

  /** A call has returned to PC. */
  #landed(registers: Uint32Array): void {
    const { pc, sp } = this.#architecture;
    const landings = this.top?.landings ?? this.#outermostLandings;
    if (hasLanding(landings, registers, pc, sp)) return;
    landings.push(registers[2 * pc]!, registers[2 * pc + 1]!, registers[2 * sp]!, registers[2 * sp + 1]!);
    this.#landedAt.add(addressKey(registers, pc));
  }

  /**
   * A jump leads to where a call has returned to before, with the SP of then, while whoever made that call still runs: the
   * calls it has made since are over. Where SP does not tell (the caller pushed nothing between the two), only this does.
   * False where it leads elsewhere.
   */
  #landAgain(registers: Uint32Array): boolean {
    const { pc, sp } = this.#architecture;
    if (!this.#landedAt.has(addressKey(registers, pc))) return false;
    let frame = this.top;
    while (frame !== null && !hasLanding(frame.landings, registers, pc, sp)) frame = frame.behind;
    if (frame === null && !hasLanding(this.#outermostLandings, registers, pc, sp)) return false;
    while (this.top !== frame) this.#pop();
    return true;
  }

  /**
   * `call` of the next instruction is either a call of a function that lies there or a way to learn the PC: once its
   * return address is popped, it was the latter.
   */
  dropPopped(registers: Uint32Array): void {
    const { top } = this;
    if (top === null || !top.callsNext) return;
    const { sp } = this.#architecture;
    const spLo = registers[2 * sp]!;
    const spHi = registers[2 * sp + 1]!;
    if (compareAddresses(top.registers[2 * sp]!, top.registers[2 * sp + 1]!, spLo, spHi) <= 0) this.#pop();
  }

  /** Drops the frames that lie below SP. */
  dropDead(registers: Uint32Array): void {
    const { sp } = this.#architecture;
    const lo = registers[2 * sp]!;
    const hi = registers[2 * sp + 1]!;
    while (this.top !== null && this.#isDead(this.top, lo, hi)) this.#pop();
  }

  /**
   * A signal was delivered: `interrupted` is the register file sigreturn would load, `registers` the one the kernel
   * gave the handler, which runs on the stack `region`.
   */
  signal(
    interrupted: Uint32Array,
    registers: Uint32Array,
    trampoline: bigint,
    delivery: Delivery,
    region: StackRegion,
  ): void {
    const { pc, sp } = this.#architecture;
    const below = this.#push('interrupted', this.#interruptedColumns, interrupted);
    below.signalFrame = delivery.frame;
    below.interruptedOn = this.#current;
    if (region !== this.#current) {
      this.#current.top = below.behind;
      this.#current = region;
      region.entered = true;
    }
    const frame = this.#push('trampoline', this.#callerColumns, registers);
    frame.registers[2 * pc] = Number(trampoline & 0xffff_ffffn);
    frame.registers[2 * pc + 1] = Number(trampoline >> 32n);
    addTo(frame.registers, sp, delivery.trampolineOffset);
  }

  /** Whether the running frame is the signal trampoline, whose caller was interrupted. */
  get inTrampoline(): boolean {
    return this.top?.kind === 'interrupted';
  }

  /** The kernel resumed the interrupted frame; `registers` are the ones it loaded. */
  signalReturn(registers: Uint32Array): void {
    const { sp } = this.#architecture;
    const left = this.#current;
    const before = this.top!.interruptedOn;
    this.#pop();
    // SP alone does not tell: an alternate stack may lie in what another stack has reused since.
    const [spLo, spHi] = [registers[2 * sp]!, registers[2 * sp + 1]!];
    const region = before !== null && before.offsetOf(spLo, spHi) >= 0 ? before : this.#regionAt(spLo, spHi);
    if (region !== undefined && region !== left) {
      left.entered = false;
      left.top = null;
      left.window.readable = left.window.size;
      this.#current = region;
    }
  }

  #regionAt(spLo: number, spHi: number): StackRegion | undefined {
    if (this.alternate !== undefined && this.alternate.offsetOf(spLo, spHi) >= 0) return this.alternate;
    return this.#regions.find((region) => region.offsetOf(spLo, spHi) >= 0);
  }

  #switchTo(next: StackRegion): void {
    const left = this.#current;
    left.top = this.top;
    // Whoever left a stack without frames on it is not behind those who enter it later.
    left.entered = left === this.#regions[0] || (left.top !== null && this.#isOn(left, left.top));
    if (!left.entered) left.window.readable = left.window.size;
    const switcher = this.top;
    // Who is switched back to waits for this stack, directly or not: that does not change who stands behind it.
    const isBack = next.entered && next.waitsFor(left);
    if (!next.entered) this.top = next.stack.behind === 'switcher' ? switcher : null;
    else {
      this.top = next.top;
      const isResumed = next !== this.#regions[0] && !isBack;
      if (isResumed && next.stack.behind === 'switcher') this.#relink(next, switcher);
    }
    next.entered = true;
    if (!isBack) next.resumedBy(left);
    this.#current = next;
  }

  /** Puts a new switcher behind the outermost frame of a coroutine's stack. */
  #relink(region: StackRegion, switcher: ShadowFrame | null): void {
    const own: ShadowFrame[] = [];
    for (let frame = this.top; frame !== null && this.#isOn(region, frame); frame = frame.behind) own.push(frame);
    let behind = switcher;
    for (const frame of own.reverse()) {
      this.#link(frame, behind);
      behind = frame;
    }
  }

  #isOn(region: StackRegion, frame: ShadowFrame): boolean {
    const { sp } = this.#architecture;
    return region.offsetOf(frame.registers[2 * sp]!, frame.registers[2 * sp + 1]!) >= 0;
  }

  /** A frame on the current stack is dead once SP is above where its callee would have returned to. */
  #isDead(frame: ShadowFrame, spLo: number, spHi: number): boolean {
    if (!this.#isOn(this.#current, frame)) return false;
    const { sp } = this.#architecture;
    const order = compareAddresses(frame.registers[2 * sp]!, frame.registers[2 * sp + 1]!, spLo, spHi);
    return order < 0 || (order === 0 && frame.kind === 'interrupted');
  }

  #isResumed(frame: ShadowFrame, registers: Uint32Array): boolean {
    const { pc, sp } = this.#architecture;
    return isEqual(frame.registers, registers, pc) && isEqual(frame.registers, registers, sp);
  }

  #push(kind: TrueFrameKind, compared: Uint8Array, registers: Uint32Array): ShadowFrame {
    const frame = this.#free.pop() ?? new ShadowFrame(this.#architecture, compared);
    frame.kind = kind;
    frame.landings.length = 0;
    frame.callsNext = false;
    frame.compared = compared;
    frame.registers.set(registers);
    this.#link(frame, this.top);
    this.top = frame;
    return frame;
  }

  #link(frame: ShadowFrame, behind: ShadowFrame | null): void {
    frame.behind = behind;
    frame.depth = behind === null ? 1 : behind.depth + 1;
    frame.ending = behind === null ? 'root' : behind.ending;
  }

  #pop(): void {
    const frame = this.top!;
    this.top = frame.behind;
    this.#free.push(frame);
  }
}

/** Whether PC and SP are those of a landing. */
function hasLanding(landings: readonly number[], registers: Uint32Array, pc: number, sp: number): boolean {
  for (let i = 0; i < landings.length; i += 4) {
    if (landings[i] !== registers[2 * pc] || landings[i + 1] !== registers[2 * pc + 1]) continue;
    if (landings[i + 2] === registers[2 * sp] && landings[i + 3] === registers[2 * sp + 1]) return true;
  }
  return false;
}

/** Tells addresses apart; exactly so below 2^53. */
const addressKey = (registers: Uint32Array, column: number): number =>
  registers[2 * column + 1]! * 2 ** 32 + registers[2 * column]!;

function isEqual(a: Uint32Array, b: Uint32Array, column: number): boolean {
  return a[2 * column] === b[2 * column] && a[2 * column + 1] === b[2 * column + 1];
}

function addTo(registers: Uint32Array, column: number, bytes: number): void {
  const sum = registers[2 * column]! + bytes;
  registers[2 * column] = sum >>> 0;
  if (sum > 0xffffffff) registers[2 * column + 1] = (registers[2 * column + 1]! + 1) >>> 0;
}
