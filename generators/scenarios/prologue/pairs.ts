import * as a64 from '../../encoder/aarch64/index.ts';
import type { Random } from '../../random.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { type FrameWrite, frameScenario } from './frame-scenario.ts';
import {
  align16,
  calleeSavedVectors,
  chosenRegisters,
  framePointer,
  kindsOf,
  loadTogether,
  pairsOf,
  popTogether,
  storeTogether,
} from './saves.ts';

const { sp, x29 } = a64.registers;
const aarch64 = ['aarch64'] as const;
const { returnAddress } = machineOf('aarch64');
const record = [framePointer.aarch64, returnAddress];

/** One or two registers of a kind and where they are stored. */
interface Unit {
  readonly registers: readonly number[];
  readonly fromSp: number;
}

/** Stores units in their order and says so behind each. */
function storeUnits(frame: Frame, units: readonly Unit[]): void {
  for (const { registers, fromSp } of units) {
    storeTogether(frame, registers, a64.offset(sp, fromSp));
    frame.state(...registers);
    frame.scheduled();
  }
}

function loadUnits(frame: Frame, units: readonly Unit[]): void {
  for (const { registers, fromSp } of units) {
    loadTogether(frame, registers, fromSp);
    frame.restored(...registers);
    frame.scheduled();
  }
}

/** Lays units out from `from` on, packed, so that a single register moves all others by 8. */
function packed(registers: readonly (readonly number[])[], from = 0): { units: Unit[]; end: number } {
  let end = from;
  const units = registers.map((unit) => {
    const fromSp = end;
    end += 8 * unit.length;
    return { registers: unit, fromSp };
  });
  return { units, end };
}

/** A frame whose registers are all stored into the allocated save area. */
function inSaveArea(
  units: readonly Unit[],
  size: number,
  stored: readonly Unit[],
  loaded: readonly Unit[],
): FrameWrite {
  return (frame, next) => {
    frame.allocate(size);
    storeUnits(frame, stored);
    frame.clobber(units.flatMap(({ registers }) => registers));
    frame.code.body(next);
    loadUnits(frame, loaded);
    frame.free(size);
    frame.code.ret();
  };
}

const pushedPairs = frameScenario({
  name: 'pushed-pairs',
  description: 'each pair or single register is stored with SP pre-indexed and loaded post-indexed',
  about:
    'Every store of the prologue lowers SP by 16, 32 or 48 bytes and every load of the epilogue raises it, pairs and ' +
    "single registers alike, general and vector. Each instruction changes both the CFA's offset and one or two rules. " +
    'Unwinders and formats that know a single allocation per frame lose count; a slot popped is below SP at once, where ' +
    'AArch64 promises nothing.',
  source: 'AAPCS64, section 6.2.2 (no red zone); older LLVM and hand-written AArch64 code',
  architectures: aarch64,
  write: (random) => (frame, next) => {
    const general = chosenRegisters(random, 'aarch64', next, random.between(1, 6));
    const units = kindsOf([...general, ...random.subset(calleeSavedVectors, random.below(4))])
      .flatMap(pairsOf)
      .map((registers) => ({ registers, bytes: random.pick([16, 16, 32, 48]) }));
    for (const { registers, bytes } of units) {
      storeTogether(frame, registers, a64.preIndex(sp, -bytes));
      frame.state(...registers);
      frame.scheduled();
    }
    frame.clobber(units.flatMap(({ registers }) => registers));
    frame.code.body(next);
    for (const { registers, bytes } of units.toReversed()) {
      popTogether(frame, registers, bytes);
      frame.scheduled();
    }
    frame.code.ret();
  },
});

const anyPairs = frameScenario({
  name: 'any-pairs',
  description: 'any two registers form a pair, x30 with any of them, odd ones in between, slots packed',
  about:
    'Pairs are made of any two callee-saved registers in either order, x30 somewhere among them, with single stores ' +
    'between that move everything behind them by eight bytes; they are restored in another order and partly in other ' +
    'pairs. An unwinder must keep to the rule of each register. Formats that expect x29 with x30, neighbours as pairs ' +
    'or slots in multiples of 16 must see that this is not such a frame.',
  source: 'DWARF 5, section 6.4.2.3; GCC -fshrink-wrap-separate and its peephole optimisation of pairs',
  architectures: aarch64,
  write(random) {
    return (frame, next, name, writer) => {
      const registers = chosenRegisters(random, 'aarch64', next, random.between(3, 8));
      const { units, end } = packed(pairedAnyhow(random, registers), 8 * random.below(3));
      inSaveArea(units, align16(end) + 16 * random.below(3), random.shuffle(units), random.shuffle(units))(
        frame,
        next,
        name,
        writer,
      );
    };
  },
});

/** Pairs and single registers, in order. */
function pairedAnyhow(random: Random, registers: readonly number[]): number[][] {
  const units: number[][] = [];
  for (let i = 0; i < registers.length; ) {
    const count = random.chance(0.7) ? 2 : 1;
    units.push(registers.slice(i, i + count));
    i += count;
  }
  return units;
}

const frameRecord = frameScenario({
  name: 'frame-record',
  description: 'the frame record lies at the bottom, at the top or amid the save area; x29 points to it',
  about:
    'The pair of x29 and x30 is stored below all other registers, as GCC does, above them, as LLVM does, or between ' +
    'them, and x29 is set to it by `mov` or `add`, after which the CFA counts from x29 or still from SP. The distance ' +
    'from x29 to the CFA differs accordingly. Unwinders that follow frame records only find the chain but not the ' +
    "caller's SP and registers.",
  source: 'AAPCS64, section 6.2.3 (frame records may lie anywhere); GCC and LLVM layouts',
  architectures: aarch64,
  write: (random) => (frame, next) => {
    const registers = chosenRegisters(random, 'aarch64', undefined, random.between(1, 8), [framePointer.aarch64]);
    const vectors = random.subset(calleeSavedVectors, random.below(3));
    const pairs = [...pairsOf(registers.sort((a, b) => a - b)), ...pairsOf(vectors)];
    const place = random.pick([0, pairs.length, random.below(pairs.length + 1)]);
    const ordered = [...pairs.slice(0, place), record, ...pairs.slice(place)];
    const units = ordered.map((unit, i) => ({ registers: unit, fromSp: 16 * i }));
    const size = 16 * (ordered.length + random.below(3));
    const [first, ...others] = units;
    const isBase = random.chance(0.6);
    const locals = 16 * random.below(10);
    storeTogether(frame, first!.registers, a64.preIndex(sp, -size));
    frame.state(...first!.registers);
    storeUnits(frame, others);
    frame.emit(place === 0 && random.chance(0.7) ? a64.mov(x29, sp) : a64.addImmediate(x29, sp, 16 * place));
    if (isBase) frame.base(framePointer.aarch64, 16 * place);
    frame.allocate(locals);
    frame.clobber([...registers, ...vectors]);
    frame.code.body(next);
    if (locals > 0) {
      frame.emit(a64.subImmediate(sp, x29, 16 * place));
      frame.moved(-locals);
    }
    frame.baseOnSp();
    loadUnits(frame, others);
    popTogether(frame, first!.registers, size);
    frame.code.ret();
  },
});

const vectorOrder = frameScenario({
  name: 'vector-order',
  description: 'any of d8–d15, single or paired, stored before, behind or between the general registers',
  about:
    'Any subset of d8–d15, in any order, is stored by single stores and pairs before the general registers, behind them ' +
    'or between them, at packed offsets. Their DWARF numbers are 72 to 79, beyond the six bits of the short opcodes. ' +
    'Only the low halves are preserved. Unwinders without vector registers, or that map these numbers wrongly, hand ' +
    'callers wrong floating-point values.',
  source: 'AAPCS64, section 6.1.2; DWARF for AArch64, register numbers; real: LLVM and GCC save orders',
  architectures: aarch64,
  write(random) {
    return (frame, next, name, writer) => {
      const general = pairedAnyhow(random, chosenRegisters(random, 'aarch64', next, random.below(5)));
      const chosen = random.shuffle(calleeSavedVectors).slice(0, random.between(1, 8));
      const vectors = pairedAnyhow(random, chosen);
      const order = random.pick([
        [...general, ...vectors],
        [...vectors, ...general],
        random.shuffle([...general, ...vectors]),
      ]);
      const { units, end } = packed(order);
      inSaveArea(units, align16(end) + 16 * random.below(4), units, units.toReversed())(frame, next, name, writer);
    };
  },
});

const lazyVectors = frameScenario({
  name: 'lazy-vectors',
  description: 'd8–d15 are saved and restored in the body, around the code that needs them',
  about:
    'Some of d8–d15 are stored only in the middle of the body and loaded again before its end, while the general ' +
    'registers keep their slots throughout; one is saved twice in different slots. Rules of vector registers come and ' +
    'go by `offset_extended` and `restore_extended`. Unwinders that look at these registers in prologues only, or that ' +
    'cannot restore numbers beyond 63, are wrong in between.',
  source: 'DWARF 5, sections 6.4.2.3 and 6.4.2.4, DW_CFA_restore_extended; GCC -fshrink-wrap-separate',
  architectures: aarch64,
  write: (random) => (frame, next) => {
    const general = chosenRegisters(random, 'aarch64', next, random.between(1, 3));
    const vectors = random.shuffle(calleeSavedVectors).slice(0, random.between(1, 4));
    const words = general.length + vectors.length + 1;
    const size = align16(8 * words);
    const places = random.shuffle(Array.from({ length: words }, (_, i) => 8 * i));
    const save = (register: number) => {
      frame.save(register, places.pop()!);
      frame.clobber([register]);
      frame.scheduled();
    };
    frame.allocate(size);
    for (const register of general) save(register);
    frame.code.work(random.below(3));
    for (const register of vectors) save(register);
    frame.code.body(next);
    const [again, ...others] = vectors;
    frame.restore(again!);
    frame.code.work(random.below(3));
    save(again!);
    frame.code.work(random.between(1, 2));
    for (const register of random.shuffle([again!, ...others])) frame.restore(register);
    frame.code.work(random.below(3));
    for (const register of general) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** What AArch64 can do with pairs and vector registers. */
export const pairScenarios: readonly Scenario[] = [pushedPairs, anyPairs, frameRecord, vectorOrder, lazyVectors];
