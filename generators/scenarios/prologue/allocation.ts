import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { frameScenario, placeWithStack } from './frame-scenario.ts';
import { chosenRegisters, framePointer, frameSize } from './saves.ts';

const { rsp } = x86.gpr;
const { sp, xzr } = a64.registers;
const pageSize = 0x1000;

/** Touches the page SP is in, as GCC does. */
function touch(frame: Frame): void {
  if (frame.architecture === 'aarch64') frame.emit(a64.str(xzr, a64.offset(sp, 1024)));
  else frame.emit(x86.orMemoryImmediate8(x86.at(rsp), 0));
}

/** Lowers SP page by page in a loop that counts down; the CFA must not count from SP meanwhile. */
function allocateByLoop(frame: Frame, writer: FunctionWriter, label: string, pages: number): void {
  const { machine, random } = frame;
  const [counter] = random.shuffle(machine.scratch);
  frame.emit(...machine.constant(counter!, BigInt(pages)));
  writer.label(label);
  frame.emit(machine.add(machine.sp, machine.sp, -pageSize));
  touch(frame);
  frame.emit(...machine.countDown(counter!, label));
  frame.movedSilently(pages * pageSize);
}

const probes = frameScenario({
  name: 'probes',
  description: 'each page of a large frame is touched when allocated, in a row or in a loop',
  about:
    'Frames of several pages are allocated page by page with `or qword [rsp], 0` or `str xzr` behind each step, ' +
    'between saves and locals; where the frame has a frame pointer, in a loop during which the row does not change ' +
    'though SP does. An unwinder needs a row for each unrolled step and none for the loop. Unwinders that read the ' +
    "frame's size from one `sub`, or take SP for fixed at a PC, fail.",
  source: 'GCC and LLVM, -fstack-clash-protection',
  place: placeWithStack(0x20000),
  write: (random, architecture) => (frame, next, name, writer) => {
    const { machine } = frame;
    const pointer = framePointer[architecture];
    const loops = random.chance(0.4);
    const registers = chosenRegisters(random, architecture, next, random.between(1, 4), [pointer]);
    const saved = [...(loops ? [pointer] : []), ...registers];
    const size = frameSize(frame, 8 * saved.length);
    const pages = random.between(1, 3);
    const rest = 16 * random.between(0x50, 0xff);
    frame.allocate(size);
    saved.forEach((register, i) => {
      frame.save(register, 8 * i);
    });
    if (loops) {
      frame.emit(machine.add(pointer, machine.sp, 0));
      frame.base(pointer);
      allocateByLoop(frame, writer, `${name}.probe`, pages);
    } else {
      for (let page = 0; page < pages; page++) {
        frame.allocate(pageSize);
        touch(frame);
      }
    }
    frame.allocate(rest);
    touch(frame);
    frame.clobber(registers);
    frame.code.body(next);
    if (loops) {
      frame.emit(machine.add(machine.sp, pointer, 0));
      frame.movedSilently(-rest - pages * pageSize);
      frame.baseOnSp();
    } else frame.free(rest + pages * pageSize);
    for (const register of saved.toReversed()) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** Sizes of frames whose slots need one, two and three bytes of ULEB128 when divided by eight. */
const farSizes: readonly (readonly [low: number, high: number])[] = [
  [0x300, 0x480],
  [0x2000, 0x8000],
  [0x1f000, 0x22000],
  [0x40100, 0x48000],
];

const farSlots = frameScenario({
  name: 'far-slots',
  description: 'registers are saved up to 288 KiB below the CFA, at the other end of large locals',
  about:
    'The whole frame, up to 288 KiB, is allocated first and the registers are stored next to SP, so that their ' +
    "distance from the CFA takes one, two or three bytes of LEB128 even when divided by eight, as the CFA's own offset " +
    'does. One frame needs each width. Decoders that cut such operands to 14 or 16 bits, and formats with small fields, ' +
    'read a wrong slot.',
  source: 'DWARF 5, sections 6.4.2.3 and 7.6 (LEB128); functions with large arrays',
  place: placeWithStack(0x200000),
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 6));
    const [low, high] = random.pick(farSizes);
    const size = frameSize(frame, 16 * random.between(low / 16, high / 16));
    const bottom = 8 * random.below(8);
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, bottom + 8 * i);
      frame.scheduled();
    });
    frame.clobber(registers);
    frame.code.body(next);
    for (const register of random.shuffle(registers)) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

const longBody = frameScenario({
  name: 'long-body',
  description: 'hundreds of instructions between prologue and epilogue, or between two saves',
  about:
    'So many instructions lie between two changes of the row that the advance needs the one-byte and the two-byte form, ' +
    'in units of the code alignment factor. The row must hold at each of them and end exactly at its end. Decoders that ' +
    'read the longer advance signed, or in the wrong unit, use a row too long or too short.',
  source: 'DWARF 5, section 6.4.2.1, DW_CFA_advance_loc1 and advance_loc2',
  programs: { full: 8, quick: 1 },
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 4));
    const size = frameSize(frame, 8 * registers.length);
    const longest = random.pick(['before', 'amid', 'behind']);
    const lengths = [random.between(65, 90), random.between(130, 200), random.between(257, 300)];
    const long = () => frame.code.work(random.pick(lengths));
    frame.allocate(size);
    registers.forEach((register, i) => {
      if (i === 1 && longest === 'before') long();
      frame.save(register, 8 * i);
    });
    frame.clobber(registers);
    if (longest === 'amid') long();
    frame.code.body(next);
    registers.forEach((register, i) => {
      if (i === 1 && longest === 'behind') long();
      frame.restore(register);
    });
    frame.free(size);
    frame.code.ret();
  },
});

/** Large frames and long functions. */
export const allocationScenarios: readonly Scenario[] = [probes, farSlots, longBody];
