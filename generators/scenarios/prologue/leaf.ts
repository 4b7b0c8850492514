import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import type { Fragments, Link } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { Frame } from './frame.ts';
import { frameScenario } from './frame-scenario.ts';
import { chosenRegisters, frameSize } from './saves.ts';

const { rsp } = x86.gpr;

/** Another function of the program, called by its name. */
function helper(
  architecture: ArchitectureName,
  fragments: Fragments,
  random: Random,
  name: string,
  write: (frame: Frame) => void,
): void {
  const writer = createWriter(architecture, plainStyle, random);
  write(new Frame(architecture, writer, random));
  fragments.add(name, writer);
}

/** A function that calls nobody: without a frame, or with one for callee-saved registers but not for x30. */
function writeLeaf(frame: Frame): void {
  const { architecture, random } = frame;
  const registers = chosenRegisters(random, architecture, undefined, random.below(4));
  frame.code.work(random.between(1, 4));
  if (registers.length > 0) {
    const size = frameSize(frame, 8 * registers.length);
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, 8 * i);
    });
    frame.clobber(registers);
    frame.code.work(random.between(1, 3));
    for (const register of registers) frame.restore(register);
    frame.free(size);
  }
  frame.code.work(random.below(3));
  frame.code.ret();
}

/** Calls leaves before, between and behind the call of the next function. */
function callsLeaves(random: Random, architecture: ArchitectureName): Link {
  return {
    style: plainStyle,
    write(writer, next, own, name, fragments) {
      const frame = new Frame(architecture, writer, own);
      const { machine } = frame;
      const registers = chosenRegisters(random, architecture, `${name}.leaf`, random.between(1, 4));
      const size = frameSize(frame, 8 * registers.length);
      const based = random.chance(0.5) ? registers.find((register) => register !== machine.returnAddress) : undefined;
      frame.allocate(size);
      registers.forEach((register, i) => {
        frame.save(register, 8 * i);
      });
      frame.clobber(registers);
      if (based !== undefined) {
        frame.emit(machine.add(based, machine.sp, 0));
        frame.base(based);
      }
      const leaves = random.between(1, 3);
      const callNextAt = random.below(leaves + 1);
      for (let i = 0; i <= leaves; i++) {
        if (i === callNextAt && next !== undefined) frame.emit(machine.call(next));
        if (i === leaves) break;
        const leaf = `${name}.leaf${i}`;
        helper(architecture, fragments, random.derive(leaf), leaf, writeLeaf);
        frame.emit(machine.call(leaf));
        frame.code.work(random.below(3));
      }
      if (based !== undefined) frame.baseOnSp();
      for (const register of registers) frame.restore(register);
      frame.free(size);
      frame.code.ret();
    },
  };
}

const leaf = chainScenario({
  name: 'prologue/leaf',
  description: 'functions that call nobody, with no frame or x30 not saved, called from any frame',
  about:
    'Leaves are called between other calls, from frames based on SP or on another register. On AArch64 the CFA of a ' +
    'leaf is SP + 0 at first and its return address stays in x30, which its caller has long overwritten. An unwinder ' +
    'must accept a CFA without offset, take x30 in the innermost frame only, and not mistake x30 of a caller for its ' +
    'return address.',
  source: 'AAPCS64, section 6.2.3; real: rust-minidump #1155 and #607',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 20, quick: 1 },
  links: (random, architecture) =>
    Array.from({ length: random.between(2, 4) }, (_, i) => callsLeaves(random.derive(i), architecture)),
});

const outlinedSaves = chainScenario({
  name: 'prologue/outlined-saves',
  description: "a helper stores the registers of the function that calls it into that function's frame",
  about:
    'The prologue allocates the frame and calls a helper that stores callee-saved registers into it, as outlined ' +
    'prologues of size-optimised code do; back in the function, all rules appear at once, at the return address. While ' +
    "the helper runs, the registers still hold the caller's values and no rule names a slot, although some are filled. " +
    'An unwinder that evaluates the row at the return address reads slots not yet written.',
  source: 'LLVM homogeneous prologues (AArch64), libgcc savms64 stubs (x86-64); real: libunwind #54',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 20, quick: 1 },
  links: (random, architecture) =>
    Array.from({ length: random.between(2, 4) }, (_, i) => savesByHelper(random.derive(i), architecture)),
});

function savesByHelper(random: Random, architecture: ArchitectureName): Link {
  return {
    style: plainStyle,
    write(writer, next, own, name, fragments) {
      const frame = new Frame(architecture, writer, own);
      const { machine } = frame;
      const { returnAddress } = machine;
      const linked = architecture === 'aarch64';
      const registers = chosenRegisters(random, architecture, undefined, random.between(2, 6));
      const size = frameSize(frame, 8 * (registers.length + 1) + 16 * random.below(4));
      const first = linked ? 8 : 0;
      const save = `${name}.save`;
      frame.code.work(random.below(2));
      frame.allocate(size);
      if (linked) frame.save(returnAddress, 0);
      frame.emit(machine.call(save));
      helper(architecture, fragments, random.derive(save), save, (inner) => {
        registers.forEach((register, i) => {
          inner.emit(machine.store(machine.sp, inner.depth + first + 8 * i, register));
          inner.scheduled();
        });
        inner.code.ret();
      });
      registers.forEach((register, i) => {
        frame.placed(register, first + 8 * i);
      });
      frame.state(...registers);
      frame.clobber(registers);
      frame.code.body(next);
      for (const register of random.shuffle(registers)) frame.restore(register);
      if (linked) frame.restore(returnAddress);
      frame.free(size);
      frame.code.ret();
    },
  };
}

/** Size of the area below RSP that signal handlers leave alone (System V psABI AMD64, section 3.2.2). */
const redZoneSize = 128;

const redZone = frameScenario({
  name: 'red-zone',
  description: 'registers are saved below RSP, which does not move; the rest of the red zone holds locals',
  about:
    'Registers are stored into the 128 bytes below RSP while RSP stays at the return address; their rules name slots ' +
    "below the stack pointer. Before a call RSP is lowered past them and raised behind it. The slots' offsets from the " +
    'CFA do not change. An unwinder, or a copy of the stack made for one, that has nothing below RSP cannot find the ' +
    "caller's values.",
  source: 'System V psABI AMD64, section 3.2.2',
  architectures: ['x86-64'],
  write: (random) => (frame, next) => {
    const { machine } = frame;
    const registers = chosenRegisters(random, 'x86-64', next, random.between(1, 6));
    const places = random.shuffle(Array.from({ length: redZoneSize / 8 }, (_, i) => -8 * (i + 1)));
    for (const register of registers) {
      frame.save(register, places.pop()!);
      frame.scheduled();
    }
    frame.clobber(registers);
    for (const place of random.subset(places, 4)) {
      frame.emit(machine.store(machine.sp, place, random.pick(machine.scratch)));
    }
    frame.code.work(random.between(1, 3));
    if (next !== undefined) {
      const below = redZoneSize - 8 + 16 * random.between(1, 3);
      frame.allocate(below);
      frame.code.body(next);
      frame.free(below);
    }
    frame.emit(x86.load(x86.gpr.rax, x86.at(rsp, -redZoneSize)));
    for (const register of random.shuffle(registers)) {
      if (random.chance(0.5)) frame.restore(register);
      else frame.get(register);
    }
    frame.code.ret();
  },
});

/** Functions without a frame of their own, or with less of one. */
export const leafScenarios: readonly Scenario[] = [leaf, outlinedSaves, redZone];
