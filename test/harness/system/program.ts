import type { Architecture } from '../../../engine/index.ts';
import type { CodeFunction } from '../../../generators/assembly/index.ts';
import type { Item } from '../../../generators/assembly/item.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { trampolineCode, trampolineFde, trampolineLabel } from '../../../generators/function/trampoline.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import type { Stack } from '../../../generators/program.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import type { RunOutcome } from '../../../harness/execution/outcome.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import type { Stop } from '../../../harness/stop.ts';
import { aarch64Calls } from '../../../harness/system/numbers/aarch64.ts';
import { x86_64Calls } from '../../../harness/system/numbers/x86-64.ts';
import { readColumn } from '../../../harness/truth/address.ts';

export type Name = Architecture['name'];
export const architectures: readonly Name[] = ['x86-64', 'aarch64'];

/** Where the data is: 64 KiB that can be written. */
export const data = 0x60_0000n;
export const dataSize = 0x1_0000;

/** An argument: a number, the address of a label, or what an earlier call returned (its index). */
export type Value = bigint | number | { readonly label: string } | { readonly result: number };

/** A system call by name or number, with its arguments. */
export type Call = readonly [name: string | number, ...values: Value[]];

const stack: Stack = { name: 'main', start: 0x7ffc_0000_0000n, size: 0x10000, behind: 'nobody' };
/** Where the program keeps what calls returned. */
const results = data + 0x8000n;

const numbers = { 'x86-64': x86_64Calls, aarch64: aarch64Calls } as const;
const { rax, rdi, rsi, rdx, r8, r9, r10, rbx } = x86.gpr;
const { x8, x9 } = a64.registers;

/** The instructions of a call, and of keeping what it returns at `results`. */
export function callItems(architecture: Name, [name, ...values]: Call, index: number): Item[] {
  const found = [...numbers[architecture]].find(([number, known]) => known === name || number === name);
  if (found === undefined && typeof name === 'string') throw new Error(`${architecture} has no system call ${name}`);
  const number = BigInt(found?.[0] ?? name);
  const slot = (at: number): bigint => results + BigInt(8 * at);
  if (architecture === 'x86-64') {
    const registers = [rdi, rsi, rdx, r10, r8, r9];
    const load = (value: Value, i: number): Item[] => {
      const register = registers[i]!;
      if (typeof value !== 'object') return [x86.movabs(register, BigInt.asUintN(64, BigInt(value)))];
      if ('label' in value) return [x86.lea(register, x86.place(value.label))];
      return [x86.movabs(register, slot(value.result)), x86.load(register, x86.at(register))];
    };
    const keep = [x86.movabs(rbx, slot(index)), x86.store(x86.at(rbx), rax)];
    return [...values.flatMap(load), x86.movabs(rax, number), x86.syscall(), ...keep];
  }
  const load = (value: Value, i: number): Item[] => {
    const register = a64.xRegisters[i]!;
    if (typeof value !== 'object') return a64.movConstant(register, BigInt.asUintN(64, BigInt(value)));
    if ('label' in value) return [a64.adr(register, value.label)];
    return [...a64.movConstant(register, slot(value.result)), a64.ldr(register, a64.offset(register))];
  };
  const keep = [...a64.movConstant(x9, slot(index)), a64.str(a64.xRegisters[0]!, a64.offset(x9))];
  return [...values.flatMap(load), ...a64.movConstant(x8, number), a64.svc(), ...keep];
}

export interface SystemProgram {
  /** What the calls returned, signed, in order; those that were not made are 0. */
  readonly results: readonly bigint[];
  readonly outcome: RunOutcome;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes of the data at the end. */
  bytes(offset: number, length: number): Uint8Array;
  readonly labels: ReadonlyMap<string, bigint>;
}

export interface SystemProgramOptions {
  readonly input?: string;
  readonly seed?: string;
  /** What the data begins with, by offset. */
  readonly data?: Readonly<Record<number, Uint8Array>>;
  /** Behind the calls; default: exit with 0. */
  readonly functions?: readonly CodeFunction[];
  /** Number of runs before the one that counts. */
  readonly earlier?: number;
  onStop?(stop: Stop, labels: ReadonlyMap<string, bigint>): void;
}

/** A program that makes calls one after the other and exits, started as a process. */
export function makeCalls(
  architecture: Name,
  calls: readonly Call[],
  options: SystemProgramOptions = {},
): SystemProgram {
  const { input = '', seed = 'test', data: content = {}, functions = [], earlier = 0, onStop } = options;
  const items = [...calls, ['exit_group', 0] as const].flatMap((call, i) => callItems(architecture, call, i));
  const block = new Uint8Array(dataSize);
  for (const [offset, bytes] of Object.entries(content)) block.set(bytes, Number(offset));
  const linked = linkProgram(
    [{ name: '_start', items, uncovered: true }, ...functions, ...trampolineCode(architecture)],
    {
      architecture,
      dataAddress: data,
      data: [{ label: 'data', bytes: block, writable: true }],
      extraFdes: [trampolineFde(architecture)],
    },
  );
  const executor = new Executor({
    image: loadImage(linked.image, { name: 'test' }),
    stacks: [stack],
    seed,
    emulators: unicornFactory(),
    system: {
      invocation: { arguments: ['program', 'one', 'two'], environment: ['HOME=/'] },
      input: new TextEncoder().encode(input),
      trampoline: linked.labels.get(trampolineLabel)!,
    },
  });
  const run = { entry: linked.labels.get('_start')!, start: 'jump', arguments: [], signals: [] } as const;
  const memory = (last: Stop | undefined): DataView => {
    const window = last!.memory.find(Number(data), 0, dataSize)!;
    return new DataView(window.view.buffer, window.view.byteOffset + window.offsetOf(Number(data), 0, 8), dataSize);
  };
  let last: Stop | undefined;
  const once = (index: number): RunOutcome =>
    executor.run({
      run,
      index,
      limit: 100_000,
      onStop: (stop) => {
        last = stop;
        onStop?.(stop, linked.labels);
      },
    });
  for (let i = 0; i < earlier; i++) once(0);
  const outcome = once(0);
  const view = memory(last);
  const text = (output: { bytes: Uint8Array }): string => new TextDecoder().decode(output.bytes);
  const { stdout, stderr } = executor.output!;
  const kept = new Uint8Array(view.buffer, view.byteOffset, dataSize).slice();
  executor.close();
  return {
    results: calls.map((_, i) => new DataView(kept.buffer).getBigInt64(Number(results - data) + 8 * i, true)),
    outcome,
    stdout: text(stdout),
    stderr: text(stderr),
    bytes: (offset, length) => kept.subarray(offset, offset + length),
    labels: linked.labels,
  };
}

/** Little-endian words of 8 bytes. */
export const words = (...values: readonly (bigint | number)[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer);

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export { readColumn };
