import { type Architecture, type Ending, Memory, MemoryWindow } from '../../engine/index.ts';
import type { Run, WalkEnd } from '../../generators/program.ts';
import type { DeclaredEnd } from '../stop.ts';
import { readColumn } from './address.ts';
import type { TrueFrame } from './frame.ts';
import type { StackRegion } from './stack-region.ts';

/** What stands behind a return address that leads nowhere is a matter of taste. */
const nowhere: readonly Ending[] = ['no-info', 'root', 'invalid', 'unreadable', 'unsupported'];

/** What limits the walks from the stops of a run: the program's declarations, applied to the truth of each stop. */
export class WalkLimits implements DeclaredEnd {
  room = 0;
  isOpen = false;
  endings: readonly Ending[] = [];
  /** Number of frames of the truth behind frame 0 that a right walk has. */
  depth = 0;
  /** What an unwinder may read. */
  memory: Memory;
  readonly #architecture: Architecture;
  readonly #ends: readonly WalkEnd[];
  readonly #run: Run;
  readonly #regions: readonly StackRegion[];
  readonly #wholeMemory: Memory;
  #registers: Uint32Array = new Uint32Array(0);
  #callers: TrueFrame | null = null;
  /** Frames of the whole truth. */
  #wholeDepth = 0;

  /** Undefined where nothing is declared for a run. */
  static of(
    architecture: Architecture,
    ends: readonly WalkEnd[],
    run: Run,
    regions: readonly StackRegion[],
    memory: Memory,
  ): WalkLimits | undefined {
    if (ends.length === 0 && run.returnAddress === undefined && run.room === undefined) return undefined;
    return new WalkLimits(architecture, ends, run, regions, memory);
  }

  private constructor(
    architecture: Architecture,
    ends: readonly WalkEnd[],
    run: Run,
    regions: readonly StackRegion[],
    memory: Memory,
  ) {
    this.#architecture = architecture;
    this.#ends = ends;
    this.#run = run;
    this.#regions = regions;
    this.#wholeMemory = memory;
    this.memory = memory;
  }

  /** Learns the truth of a stop: its registers, the callers and how a walk of all of them ends. */
  apply(registers: Uint32Array, callers: TrueFrame | null, depth: number, ending: Ending): void {
    this.#registers = registers;
    this.#callers = callers;
    this.#wholeDepth = depth;
    this.depth = depth;
    this.endings = this.#leadsNowhere() ? nowhere : [ending];
    this.isOpen = false;
    this.room = this.#run.room ?? 0;
    this.memory = this.#wholeMemory;
    this.#applyEnds();
    this.#applyRoom();
  }

  mayEnd(frame: number, ending: Ending): boolean {
    if (frame === this.depth - 1 && this.depth === this.#wholeDepth && this.#leadsNowhere()) {
      return nowhere.includes(ending);
    }
    const found = this.#endAt(frame);
    return found?.behind === 'truth' && found.endings.includes(ending);
  }

  #applyEnds(): void {
    for (let frame = 0; frame <= this.#wholeDepth; frame++) {
      const found = this.#endAt(frame);
      if (found === undefined || found.behind === 'truth') continue;
      if (found.hides !== undefined) {
        if (frame === 0 || this.#frame(frame)!.kind !== 'caller') continue;
        this.#hide(frame, found.hides);
      }
      this.depth = frame;
      this.endings = found.endings;
      this.isOpen = found.behind === 'anything';
      return;
    }
  }

  #applyRoom(): void {
    const last = this.room - 1;
    if (last < 0 || this.depth < last) return;
    this.endings = this.depth === last ? ['limit', ...this.endings] : ['limit'];
    if (this.depth > last) this.#hide(last, 'rest');
    this.depth = last;
  }

  /** Nobody's code is where the outermost frame would go on. */
  #leadsNowhere(): boolean {
    if (this.#run.returnAddress === undefined || this.#wholeDepth === 0) return false;
    return this.#frame(this.#wholeDepth)!.kind === 'sentinel';
  }

  #endAt(frame: number): WalkEnd | undefined {
    const truth = this.#frame(frame);
    const registers = truth?.registers ?? this.#registers;
    const { pc } = this.#architecture;
    const isExact = frame === 0 || truth?.kind === 'interrupted';
    const address = BigInt.asUintN(64, readColumn(registers, pc) - (isExact ? 0n : 1n));
    return this.#ends.find(({ start, end }) => address >= start && address < end);
  }

  /** A frame of the truth; undefined for the stop's own. */
  #frame(number: number): TrueFrame | undefined {
    let frame = number === 0 ? null : this.#callers;
    for (let i = 1; i < number && frame !== null; i++) frame = frame.behind;
    return frame ?? undefined;
  }

  /** Makes a frame's part of its stack unreadable, or all from there outwards. */
  #hide(frame: number, what: 'frame' | 'rest'): void {
    const { sp } = this.#architecture;
    const stackPointer = (number: number) => readColumn(this.#frame(number)?.registers ?? this.#registers, sp);
    const from = stackPointer(frame);
    const region = this.#regions.find(({ stack }) => from >= stack.start && from <= stack.start + BigInt(stack.size));
    if (region === undefined) throw new RangeError('a frame outside every stack');
    const { stack, segment, window } = region;
    const first = Number(from - stack.start);
    const behind = what === 'rest' || frame === this.#wholeDepth ? -1 : Number(stackPointer(frame + 1) - stack.start);
    const next = behind > first && behind <= stack.size ? behind : stack.size;
    const below = new MemoryWindow(stack.start, segment.bytes.subarray(0, first));
    below.readable = Math.min(window.readable, first);
    const above = new MemoryWindow(stack.start + BigInt(next), segment.bytes.subarray(next));
    const others = this.#wholeMemory.windows.filter((one) => one !== window);
    this.memory = new Memory([below, above, ...others]);
  }
}
