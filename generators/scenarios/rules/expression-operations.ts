import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi, type DwarfOperation, dwarf, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { mainStack } from '../placement.ts';
import type { Scenario } from '../scenario.ts';
import {
  arithmetic,
  bits,
  type Calculation,
  type CalculationClass,
  comparisons,
  constants,
  division,
  type KnownContents,
  shifts,
} from './calculations.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';
import { branches, deepStack, memory, registers, stackMoves } from './stack-calculations.ts';

interface Kind {
  readonly name: string;
  readonly calculate: CalculationClass;
  readonly description: string;
  /** What a wrong evaluator does with these operations. */
  readonly wrong: string;
  readonly source: string;
}

const kinds: readonly Kind[] = [
  {
    name: 'constants',
    calculate: constants,
    description: 'constants of every operand size, signed and unsigned, at the edges of their ranges',
    wrong: 'An operand extended by the wrong sign, or a LEB128 number cut to 32 bits, is wrong here and nowhere else.',
    source: 'DWARF 5, section 2.5.1.1',
  },
  {
    name: 'arithmetic',
    calculate: arithmetic,
    description: 'sums, products, negation and absolute values that need all 64 bits',
    wrong:
      'Arithmetic in 32 bits or in floating point, a lost carry and an absolute value that looks at bit 31 are wrong.',
    source: 'DWARF 5, section 2.5.1.4',
  },
  {
    name: 'division',
    calculate: division,
    description: 'DW_OP_div of negative numbers, DW_OP_mod of numbers above 2^63',
    wrong: 'Division is signed and truncates; the remainder of addresses is not signed. Evaluators mix these up.',
    source: 'DWARF 5, section 2.5.1.4',
  },
  {
    name: 'shifts',
    calculate: shifts,
    description: 'shifts by less and more than 32, arithmetic ones of negative numbers',
    wrong: 'A shift by 32 or more, done in halves, and an arithmetic shift without the sign are classical mistakes.',
    source: 'DWARF 5, section 2.5.1.4',
  },
  {
    name: 'bits',
    calculate: bits,
    description: 'and, or, exclusive or and complement of both halves',
    wrong: 'An evaluator that forgets the upper half or extends a mask by its sign computes another address.',
    source: 'DWARF 5, section 2.5.1.4',
  },
  {
    name: 'comparisons',
    calculate: comparisons,
    description: 'the six comparisons of numbers whose signs or upper halves decide',
    wrong: 'Comparisons are signed. Some evaluators compare unsigned, others the lower halves only.',
    source: 'DWARF 5, section 2.5.1.5; LLVM libunwind compares unsigned in DW_OP_lt and DW_OP_ge',
  },
  {
    name: 'stack-moves',
    calculate: stackMoves,
    description: 'dup, over, pick, swap, rot and drop on a stack of different values',
    wrong:
      'DW_OP_rot in the wrong direction, or DW_OP_pick that counts from the bottom, changes the order and the sum.',
    source: 'DWARF 5, section 2.5.1.3',
  },
  {
    name: 'branches',
    calculate: branches,
    description: 'DW_OP_bra and DW_OP_skip forward and backward, on conditions with a zero lower half',
    wrong: 'Distances count from behind the operand and are signed; a condition is zero only if all its 64 bits are.',
    source: 'DWARF 5, section 2.5.1.5',
  },
  {
    name: 'memory',
    calculate: memory,
    description: 'DW_OP_deref, and DW_OP_deref_size of 1, 2, 4 and 8 bytes at any place of a word',
    wrong: 'Loaded parts are extended with zeros; evaluators that load 8 bytes always, or extend the sign, go astray.',
    source: 'DWARF 5, section 2.5.1.3; elfutils and LLVM libunwind fail at DW_OP_deref_size',
  },
  {
    name: 'registers',
    calculate: registers,
    description: 'DW_OP_breg and DW_OP_bregx with offsets of one to ten bytes',
    wrong: 'Offsets are signed LEB128 numbers of up to 64 bits; registers are those of the frame at hand.',
    source: 'DWARF 5, section 2.5.1.2',
  },
  {
    name: 'deep-stack',
    calculate: deepStack,
    description: 'expressions that need room for up to 60 entries on their stack',
    wrong: 'The standard names no limit; 64 entries are what the smallest of the usual unwinders have room for.',
    source: 'DWARF 5, section 2.5.1; libgcc, execute_stack_op',
  },
];

/** Operations that push `value`, whatever the calculation's result is. */
function corrected({ operations, value }: Calculation, wanted: bigint): DwarfOperation[] {
  return [...operations, dwarf.const8u(BigInt.asUintN(64, wanted - value)), dwarf.plus()];
}

/** A function whose slots, and perhaps whose CFA, come out of calculations. */
function calculated(random: Random, architecture: ArchitectureName, calculate: CalculationClass): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const { sp } = machine;
    const [known, ...others] = random.shuffle(machine.calleeSaved);
    const saved = others.slice(0, random.between(1, 4));
    const cell = saved.length + 1;
    hand.open(saved.length + 2);
    hand.save(known!, 0);
    const [registerValue, memoryValue] = [random.u64() | (1n << 63n), random.u64() | 0x8080_8080_8080_8080n];
    hand.emit(...machine.constant(known!, memoryValue));
    hand.put(known!, cell);
    hand.emit(...machine.constant(known!, registerValue));
    const contents: KnownContents = {
      register: known!,
      registerValue,
      memoryValue,
      memoryAddress: [dwarf.breg(sp, hand.fromSp(hand.slot(cell)))],
    };
    const slotOf = (slot: number) =>
      expression(...corrected(calculate(random, contents), BigInt(hand.slot(slot))), dwarf.plus());
    hand.cfi(cfi.expression(known!, slotOf(0)));
    saved.forEach((register, i) => {
      hand.put(register, i + 1);
      hand.cfi(cfi.expression(register, slotOf(i + 1)));
      hand.clobber(register);
    });
    const cfaToo = random.chance(0.5);
    if (cfaToo) {
      const depth = corrected(calculate(random, contents), BigInt(hand.depth));
      hand.cfi(cfi.defCfaExpression(expression(...depth, dwarf.breg(sp, 0), dwarf.plus())));
    }
    hand.body(next);
    if (cfaToo) hand.cfi(cfi.defCfa(sp, hand.depth));
    for (const [slot, register] of [...saved.entries()].toReversed()) {
      hand.get(register, slot + 1);
      hand.cfi(cfi.restore(register));
    }
    hand.get(known!, 0);
    hand.cfi(cfi.restore(known!));
    hand.close();
    hand.ret();
  });
}

/** Every operation of DWARF expressions that call frame information may use, by class. */
export const expressionOperations: readonly Scenario[] = kinds.map(({ name, calculate, description, wrong, source }) =>
  ruleScenario({
    name: `expression-${name}`,
    description,
    about:
      'The slots of saved registers, and now and then the CFA, are named by expressions that compute an offset from ' +
      `${description}. Each result depends on every bit of the operands, so that any mistake leads to another ` +
      `address. ${wrong}`,
    source,
    needs: ['expressions'],
    programs: { full: 20, quick: 1 },
    // DW_OP_addr is a constant of the file: without a load bias there is no doubt about its value.
    place: (random) => ({
      type: 'executable',
      textAddress: 0x401000n + BigInt(random.below(0x10000)) * 0x1000n,
      loadBias: 0n,
      stacks: [mainStack(0x7ffc_0000_0000n + BigInt(random.below(0x100000)) * 0x1000n)],
    }),
    group: (random, architecture) => [calculated(random, architecture, calculate)],
  }),
);
