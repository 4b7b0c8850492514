import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi, dwarf, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import { HandWriter } from '../rules/hand-writer.ts';
import { type Coroutine, coroutineScenario } from './coroutine-program.ts';
import { preserved } from './preserved.ts';

/** Offsets in a coroutine's block: SP of whoever ran it last, and its own while it does not run. */
const resumerSp = 0;
const ownSp = 8;

const blockOf = ({ number }: Coroutine) => `block${number}`;

/** Where a register is saved from the CFA, as `HandWriter.slot` has it. */
const savedAt = (register: number, offset: number): CfiDirective =>
  register < 64 ? cfi.offset(register, offset) : cfi.offsetExtended(register, offset);
const restored = (register: number): CfiDirective =>
  register < 64 ? cfi.restore(register) : cfi.restoreExtended(register);

/** Saves everything a callee preserves, each in the same place in every function that switches. */
function saveAll(hand: HandWriter): void {
  const registers = preserved(hand.machine.architecture);
  hand.open(registers.length);
  for (const [slot, register] of hand.random.shuffle([...registers.entries()])) {
    hand.put(register, slot);
    hand.cfi(savedAt(register, hand.slot(slot)));
  }
}

/** Loads everything from the stack SP is on by now, and returns. */
function leave(hand: HandWriter): void {
  for (const [slot, register] of hand.random.shuffle([...preserved(hand.machine.architecture).entries()])) {
    hand.get(register, slot);
    hand.cfi(restored(register));
  }
  hand.close();
  hand.ret();
}

/** Keeps SP in a field of the coroutine's block and goes on with the one from another field. */
function swap(name: string, from: number, to: number, one: Coroutine, hand: HandWriter, items: Item[]): CodeFunction {
  const { machine, random } = hand;
  const [block, value] = random.shuffle(machine.scratch);
  hand.work(random.below(2));
  saveAll(hand);
  hand.emit(machine.address(block!, blockOf(one)));
  hand.emit(machine.move(value!, machine.sp), machine.store(block!, from, value!));
  hand.emit(machine.load(value!, block!, to), machine.move(machine.sp, value!));
  leave(hand);
  return { name, items };
}

/**
 * Runs the body on the coroutine's stack, where its block's address lies at the bottom: from there rows find the resumer,
 * which may be another one after each yield.
 */
function start(one: Coroutine, hand: HandWriter, items: Item[]): CodeFunction {
  const { machine, random } = hand;
  const { sp } = machine;
  const [block, value] = random.shuffle(machine.scratch);
  const registers = preserved(machine.architecture);
  saveAll(hand);
  hand.emit(machine.address(block!, blockOf(one)));
  hand.emit(machine.move(value!, sp), machine.store(block!, resumerSp, value!));
  hand.emit(...machine.constant(value!, one.stack.start + BigInt(one.stack.size)));
  hand.emit(machine.add(value!, value!, -16), machine.store(value!, 0, block!));
  hand.emit(machine.move(sp, value!));
  hand.cfi(cfi.rememberState());
  if (random.chance(0.5)) {
    // The resumer's SP is read through the block; what it saved lies below its CFA as in every function here.
    hand.cfi(
      cfi.defCfaExpression(expression(dwarf.breg(sp, 0), dwarf.deref(), dwarf.deref(), dwarf.plusUconst(hand.depth))),
    );
  } else {
    // The CFA stays on this stack, and every rule leads to the other one, that of SP included.
    const onOther = (offset: number) => [
      dwarf.lit(16),
      dwarf.minus(),
      dwarf.deref(),
      dwarf.deref(),
      ...(offset === 0 ? [] : [dwarf.plusUconst(offset)]),
    ];
    hand.cfi(cfi.defCfa(sp, 16), cfi.valExpression(sp, expression(...onOther(hand.depth))));
    hand.cfi(cfi.expression(machine.returnAddress, expression(...onOther(hand.depth - 8))));
    registers.forEach((register, slot) => {
      hand.cfi(cfi.expression(register, expression(...onOther(hand.fromSp(hand.slot(slot))))));
    });
  }
  for (const register of machine.calleeSaved) if (random.chance(0.6)) hand.clobber(register);
  hand.body(one.body);
  hand.emit(machine.load(block!, sp, 0), machine.load(value!, block!, resumerSp));
  hand.emit(machine.move(sp, value!));
  hand.cfi(cfi.restoreState());
  leave(hand);
  return { name: one.start, items };
}

function write(random: Random, architecture: ArchitectureName, one: Coroutine) {
  const make = (name: string, body: (hand: HandWriter, items: Item[]) => CodeFunction) => {
    const items: Item[] = [];
    return body(new HandWriter(architecture, items, random.derive(name)), items);
  };
  return {
    functions: [
      make('start', (hand, items) => start(one, hand, items)),
      make('resume', (hand, items) => swap(one.resume, resumerSp, ownSp, one, hand, items)),
      make('yield', (hand, items) => swap(one.yield, ownSp, resumerSp, one, hand, items)),
    ],
    data: [{ label: blockOf(one), bytes: new Uint8Array(16), writable: true }],
  };
}

/** Coroutines that resume one another and yield, through functions that save on one stack and load from another. */
export const coroutines = coroutineScenario({
  name: 'coroutines',
  description: 'coroutines resume one another and yield; rows at the base lead to whoever resumed',
  about:
    'Two or three coroutines, each on a stack of its own, run one another and yield, also from a function that they have ' +
    'called, and one is resumed by somebody else than before. The functions that switch save everything on the stack they ' +
    'leave and load it from the one they enter, so that one row describes both. The frame at the bottom of a coroutine ' +
    'finds its resumer through memory: by an expression for the CFA, or by rules for every register, SP included. Wrong ' +
    'unwinders take SP for the CFA, take stacks that do not grow for corruption, or keep the resumer they saw first.',
  source: 'DWARF 5, section 6.4.1; libco, Boost.Context; real: LLVM libunwind D106626',
  needs: ['stack-pointer-rule', 'expressions'],
  programs: { full: 8, quick: 1 },
  behind: () => 'switcher',
  write,
});
