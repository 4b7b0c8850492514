import { expect, it } from 'vitest';
import { x86_64 } from '../../../../../engine/architecture/index.ts';
import { extendedEncoder, g3Encoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import type { Row } from '../../../../../engine/row/row.ts';
import { assemble, decode, encode, type PlacedRow, rowOf, tableOf } from './functions.ts';
import { randomNumbers } from './random-numbers.ts';

const order = ['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx'];
const numbers: Readonly<Record<string, number>> = { rbx: 3, rbp: 5, r12: 12, r13: 13, r14: 14, r15: 15 };
const columnOf = (name: string): number => x86_64.columnNames.indexOf(name);

/** Instructions of the body, which leave the stack and the saved registers alone. */
const work = ['89c1', '4889d6', '0fb6c0', '31c0', 'b801000000', '488b07', 'f30f1efa'];

interface Truth {
  readonly units: number;
  /** RBP is set up as the frame pointer. */
  readonly fp: boolean;
  /** Slots that hold what registers held at the entry. */
  readonly slots: ReadonlyMap<string, number>;
  /** Registers that hold something else. */
  readonly changed: ReadonlySet<string>;
}

/** A function while it is made: what is executed, what the rows say, and what is true before each instruction. */
class Machine {
  readonly bytes: number[] = [];
  readonly rows: PlacedRow[] = [];
  /** By offset of an instruction. */
  readonly truth = new Map<number, Truth>();
  units = 1;
  /** The rows' CFA counts from RBP. */
  fp = false;
  readonly slots = new Map<string, number>();
  readonly changed = new Set<string>();
  /** What the rows name, which may be less or more than is true. */
  named = new Map<string, number>();

  execute(instruction: string): void {
    const { units, fp } = this;
    this.truth.set(this.bytes.length, { units, fp, slots: new Map(this.slots), changed: new Set(this.changed) });
    this.bytes.push(...assemble(instruction));
  }

  push(register: string): void {
    this.execute(`push ${register}`);
    this.slots.set(register, this.units++);
  }

  pop(register: string): void {
    this.execute(`pop ${register}`);
    this.changed.delete(register);
    // What is below RSP stays there for the moment, and is found from RBP.
    if (!this.fp) this.slots.delete(register);
    this.units--;
  }

  /** `mov` of RDI to a saved register. */
  change(register: string): void {
    const number = numbers[register]!;
    this.execute(number < 8 ? `4889f${(8 + number).toString(16)}` : `4989f${number.toString(16)}`);
    this.changed.add(register);
  }

  row(): void {
    const words = [...this.named].map(([name, slot]) => `${name}-${8 * (slot + 1)}`);
    const cfa = this.fp ? 'rbp+16' : `rsp+${8 * this.units}`;
    const start = this.bytes.length;
    if (this.rows.at(-1)?.[0] === start) this.rows.pop();
    this.rows.push([start, rowOf([cfa, ...words].join(' '))]);
  }
}

/** A function as LLVM (rows name registers late) or GCC (other instructions between pushes) makes it. */
function makeFunction(random: (limit: number) => number): Machine {
  const machine = new Machine();
  const isGcc = random(2) === 0;
  const hasFp = random(3) === 0;
  const registers = order.filter((name) => random(2) === 0 && !(hasFp && name === 'rbp'));
  const locals = 8 * [0, 0, 1, 2, 5, 20][random(6)]!;
  const gap = (): void => {
    if (isGcc) for (let i = random(3); i > 0; i--) machine.execute(work[random(work.length)]!);
  };
  const name = (): void => {
    machine.named = new Map(machine.slots);
  };
  machine.row();
  for (let i = random(3); i > 0; i--) machine.execute(work[random(work.length)]!);
  if (hasFp) {
    machine.push('rbp');
    name();
    machine.row();
    machine.execute('frame');
    machine.fp = true;
    machine.row();
  }
  for (const register of registers) {
    gap();
    machine.push(register);
    if (isGcc) name();
    if (isGcc ? !hasFp || random(2) === 0 : !hasFp) machine.row();
    if (isGcc && machine.rows.at(-1)![0] === machine.bytes.length && random(2) === 0) machine.change(register);
  }
  if (locals > 0) {
    gap();
    machine.execute(locals === 8 && !isGcc ? 'push rax' : `sub ${locals}`);
    machine.units += locals / 8;
    if (!hasFp) machine.row();
  }
  name();
  machine.row();
  const body = { units: machine.units, fp: machine.fp, slots: new Map(machine.slots) };
  for (const register of registers) machine.change(register);
  for (let exits = 1 + random(3); exits > 0; exits--) {
    for (let i = 1 + random(6); i > 0; i--) machine.execute(work[random(work.length)]!);
    if (locals > 0) {
      machine.execute(`add ${locals}`);
      machine.units -= locals / 8;
      if (!hasFp) machine.row();
    }
    for (const register of [...registers].reverse()) {
      gap();
      machine.pop(register);
      if (!hasFp) machine.row();
    }
    if (hasFp) {
      machine.pop('rbp');
      machine.fp = false;
      machine.slots.clear();
      machine.row();
    }
    machine.execute('ret');
    if (exits === 1) break;
    machine.units = body.units;
    machine.fp = body.fp;
    for (const [register, slot] of body.slots) machine.slots.set(register, slot);
    for (const register of registers) machine.changed.add(register);
    machine.row();
  }
  return machine;
}

/** What is wrong with a decoded row at an instruction of a function, or undefined. */
function fault(machine: Machine, offset: number, row: Row): string | undefined {
  const truth = machine.truth.get(offset)!;
  const cfa = truth.fp ? 'rbp+16' : `rsp+${8 * truth.units}`;
  const found = `${x86_64.columnNames[row.cfaColumn]}+${row.cfaLo}`;
  if (found !== cfa) return `CFA ${found} instead of ${cfa}`;
  for (const name of order) {
    let slot = 0;
    for (let i = 0; i < row.ruleCount; i++) {
      if (row.ruleColumn[i] === columnOf(name)) slot = -(row.ruleLo[i]! | 0) / 8 - 1;
    }
    if (slot !== 0 && slot !== truth.slots.get(name)) return `${name} is not in slot ${slot}`;
    if (slot === 0 && truth.changed.has(name)) return `${name} is not in the register`;
  }
  return undefined;
}

it.each([
  ['g3', g3Encoder],
  ['extended', extendedEncoder],
])('%s: at every instruction of generated functions, the descriptors say what is true', (_, encoder) => {
  const functions = 400;
  const faults: string[] = [];
  let descriptors = 0;
  for (let seed = 1; seed <= functions; seed++) {
    const machine = makeFunction(randomNumbers(seed));
    const size = machine.bytes.length;
    const { reason, list } = encode(encoder, tableOf(machine.rows, size, Uint8Array.from(machine.bytes)));
    if (reason !== undefined) {
      faults.push(`function ${seed}: ${reason}`);
      continue;
    }
    const decoded = decode(encoder, list, size);
    for (const offset of machine.truth.keys()) {
      const found = fault(machine, offset, decoded[offset]!);
      if (found !== undefined) faults.push(`function ${seed}, offset ${offset}: ${found}`);
    }
    descriptors += list.count;
  }
  expect(faults).toEqual([]);
  expect(descriptors / functions).toBeLessThan(encoder === g3Encoder ? 6.5 : 3.2);
});
