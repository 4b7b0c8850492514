import { type Architecture, architectureByName, type Ending } from '../../../engine/index.ts';
import type { CodeFunction } from '../../../generators/assembly/index.ts';
import type { Item } from '../../../generators/assembly/item.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import type { Run, Stack } from '../../../generators/program.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import type { RunOutcome } from '../../../harness/execution/outcome.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import type { Stop } from '../../../harness/stop.ts';
import { readColumn } from '../../../harness/truth/address.ts';
import type { TrueFrameKind } from '../../../harness/truth/frame.ts';

/** A frame of the truth, copied. */
export interface SeenFrame {
  readonly kind: TrueFrameKind;
  readonly pc: bigint;
  readonly sp: bigint;
  readonly registers: readonly bigint[];
  readonly compared: readonly number[];
}

/** A stop, copied. */
export interface SeenStop {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly registers: readonly bigint[];
  readonly callers: readonly SeenFrame[];
  readonly depth: number;
  readonly ending: Ending;
  readonly transfer: boolean;
  /** The main stack's bytes, where `memory` was asked for. */
  readonly stack?: Uint8Array;
  /** Whether 8 bytes at an address could be read at the time. */
  readonly readable: ReadonlyMap<bigint, boolean>;
}

export interface Seen {
  readonly stops: readonly SeenStop[];
  readonly outcome: RunOutcome;
  readonly labels: ReadonlyMap<string, bigint>;
  /** The stops at a label, in order. */
  at(label: string, offset?: number): SeenStop[];
}

/** A function without CFI: the truth must not need any. */
export const code = (name: string, ...items: Item[]): CodeFunction => ({ name, items, uncovered: true });
export const label = (name: string): Item => ({ label: name });

export const mainStack: Stack = { name: 'main', start: 0x7ffc_0000_0000n, size: 0x10000, behind: 'nobody' };

export interface ExecutionOptions {
  readonly stacks?: readonly Stack[];
  readonly limit?: number;
  readonly seed?: string;
  /** Number of the run; part of its seed. */
  readonly index?: number;
  /** Number of other runs the executor makes before. */
  readonly earlier?: number;
  run?(label: (name: string) => bigint): Partial<Run>;
  /** Distances from SP at which readability is looked at. */
  readonly probes?: readonly number[];
  /** Keeps the main stack's bytes at each stop. */
  readonly memory?: boolean;
  readonly threadPointer?: bigint;
}

/** Links functions, runs the first one (or what `run` says) and keeps every stop. */
export function execute(
  architectureName: Architecture['name'],
  functions: readonly CodeFunction[],
  {
    stacks = [mainStack],
    limit = 10_000,
    seed = 'test',
    index = 0,
    earlier = 0,
    run,
    probes = [],
    memory = false,
    threadPointer,
  }: ExecutionOptions = {},
): Seen {
  const architecture = architectureByName(architectureName);
  const linked = linkProgram(functions, {
    architecture: architectureName,
    data: [{ label: 'variable', bytes: new Uint8Array(256), writable: true }],
  });
  const executor = new Executor({
    image: loadImage(linked.image, { name: 'test' }),
    stacks,
    seed,
    emulators: unicornFactory(),
    ...(threadPointer !== undefined && { threadPointer }),
  });
  const addressOf = (name: string): bigint => linked.labels.get(name)!;
  const stops: SeenStop[] = [];
  const whole: Run = {
    entry: addressOf(functions[0]!.name),
    start: 'call',
    arguments: [],
    signals: [],
    ...run?.(addressOf),
  };
  for (let i = 0; i < earlier; i++) executor.run({ run: whole, index: 1000 + i, limit, onStop: () => undefined });
  const onStop = (stop: Stop) => {
    const seen = copy(architecture, stop, probes);
    if (!memory) stops.push(seen);
    else {
      const { view } = stop.memory.windows[0]!;
      stops.push({ ...seen, stack: new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice() });
    }
  };
  const outcome = executor.run({ run: whole, index, limit, onStop });
  executor.close();
  return {
    stops,
    outcome,
    labels: linked.labels,
    at: (name, offset = 0) => stops.filter(({ pc }) => pc === addressOf(name) + BigInt(offset)),
  };
}

function copy(architecture: Architecture, stop: Stop, probes: readonly number[]): SeenStop {
  const all = (registers: Uint32Array) => architecture.columnNames.map((_, column) => readColumn(registers, column));
  const callers: SeenFrame[] = [];
  for (let frame = stop.callers; frame !== null; frame = frame.behind) {
    const registers = all(frame.registers);
    callers.push({
      kind: frame.kind,
      pc: registers[architecture.pc]!,
      sp: registers[architecture.sp]!,
      registers,
      compared: architecture.columnNames.map((_, column) => column).filter((column) => frame.compared[column] === 1),
    });
  }
  const registers = all(stop.registers);
  const sp = registers[architecture.sp]!;
  const out = new Uint32Array(2);
  const canRead = (address: bigint) =>
    stop.memory.read64(Number(address & 0xffff_ffffn), Number(address >> 32n), out, 0);
  return {
    pc: registers[architecture.pc]!,
    sp,
    registers,
    callers,
    depth: stop.depth,
    ending: stop.ending,
    transfer: stop.transfer,
    readable: new Map(probes.map((distance) => [BigInt(distance), canRead(sp + BigInt(distance))])),
  };
}
