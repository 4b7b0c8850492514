import { type CfiDirective, cfi } from '../../cfi/index.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { frameScenario } from './frame-scenario.ts';
import { chosenRegisters, frameSize } from './saves.ts';

const lateRules = frameScenario({
  name: 'late-rules',
  description: 'values are in memory before a rule says so; the registers have not changed yet',
  about:
    'Several registers are stored before the call frame information names any slot; until then it says, rightly, that ' +
    "the registers still hold the caller's values. All rules come at one location, in front of the first instruction " +
    'that overwrites one of them. Both the slot and the register are right in between, so an unwinder that disagrees ' +
    'with the row there has applied a rule of a later location.',
  source: 'DWARF 5, section 6.4.1: a rule holds from its location on; LLVM states all saves behind the last one',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 6));
    const size = frameSize(frame, 8 * registers.length + 16 * random.below(5));
    const places = random.shuffle(registers.map((_, i) => 8 * i));
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.put(register, places[i]!);
      frame.scheduled();
    });
    frame.code.work(random.between(1, 3));
    frame.state(...random.shuffle(registers));
    frame.clobber(registers);
    frame.code.body(next);
    for (const register of registers) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

const earlyRestores = frameScenario({
  name: 'early-restores',
  description: 'registers are restored while the rules still name their slots',
  about:
    'The epilogue loads registers in any order and says so only once, just before the slots go out of reach; on x86-64 ' +
    'it perhaps never says so, as compilers do not, since the red zone keeps the slots. Register and slot hold the same ' +
    'value meanwhile. An unwinder that cannot read the slots of a torn-down frame within the red zone, or forgets them ' +
    'when SP moves past, fails at the return.',
  source: "System V psABI AMD64, section 3.2.2 (red zone); LLVM's epilogues do not mention restored registers",
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 6));
    const size = frameSize(frame, 8 * registers.length + 16 * random.below(2));
    const places = random.shuffle(registers.map((_, i) => 8 * i));
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, places[i]!);
    });
    frame.clobber(registers);
    frame.code.body(next);
    for (const register of random.shuffle(registers)) {
      frame.get(register);
      frame.scheduled();
    }
    if (architecture === 'aarch64' || random.chance(0.4)) {
      frame.code.work(1);
      frame.restored(...random.shuffle(registers));
    }
    frame.free(size);
    frame.code.ret();
  },
});

/** Directives that would be wrong if they were the last ones at their location. */
function noise(frame: Frame, saved: readonly number[]): CfiDirective[] {
  const { machine, random } = frame;
  const kinds: (() => CfiDirective[])[] = [
    () => [cfi.defCfa(random.pick(machine.calleeSaved), 8 * random.below(100))],
    () => [cfi.defCfaOffset(8 * random.below(100))],
    () => [cfi.advance(random.pick(['advanceLoc4', 'advanceLoc2']))],
    () => [cfi.rememberState(), cfi.defCfaOffset(8 * random.below(100)), cfi.restoreState()],
    () => saved.slice(0, 1).map((register) => cfi.undefined(register)),
    () => saved.slice(0, 2).map((register) => cfi.offset(register, -8 * random.between(1, 60))),
    () => saved.slice(0, 1).flatMap((register) => [cfi.sameValue(register), cfi.restore(register)]),
    () => [cfi.nop()],
  ];
  return Array.from({ length: random.between(2, 5) }, () => random.pick(kinds)()).flat();
}

/** Rows that are never in force, and then all of the one that is. */
function superseded(frame: Frame, registers: readonly number[]): void {
  const { cfaRegister, cfaOffset, slots } = frame.row.row;
  const saved = registers.filter((register) => slots.has(register));
  frame.code.cfi(
    ...noise(frame, saved),
    cfi.defCfa(cfaRegister, cfaOffset),
    ...saved.map((register) => cfi.offset(register, slots.get(register)!)),
  );
}

const severalRows = frameScenario({
  name: 'several-rows',
  description: 'several rows at one location, of which only the last is in force',
  about:
    'At most instructions of the prologue the call frame information first says something wrong and then, without or ' +
    'with an advance by nothing, what is right. Only what holds behind the last directive of a location is its row. ' +
    'An unwinder that stops at the first row whose location fits, or that takes an advance by nothing for the end, ' +
    'uses one that never was in force.',
  source: 'DWARF 5, section 6.4.3: all instructions up to the location are executed; section 6.4.2.1',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 5));
    const size = frameSize(frame, 8 * registers.length + 16 * random.below(5));
    if (random.chance(0.5)) superseded(frame, registers);
    frame.allocate(size);
    if (random.chance(0.7)) superseded(frame, registers);
    registers.forEach((register, i) => {
      frame.save(register, 8 * i);
      if (random.chance(0.7)) superseded(frame, registers);
    });
    frame.clobber(registers);
    frame.code.body(next);
    superseded(frame, registers);
    for (const register of registers) {
      frame.restore(register);
      if (random.chance(0.5)) superseded(frame, registers);
    }
    frame.free(size);
    frame.code.ret();
  },
});

/** When rules begin to hold. */
export const timingScenarios: readonly Scenario[] = [lateRules, earlyRestores, severalRows];
