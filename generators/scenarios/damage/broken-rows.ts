import { type CfiDirective, cfi, dwarf, expression } from '../../cfi/index.ts';
import type { WalkEnding } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import { damageScenario } from './damage-scenario.ts';
import { inLie, lie, lyingLink } from './lying-row.ts';

const refused: readonly WalkEnding[] = ['invalid', 'unsupported', 'no-info', 'unreadable'];

/** Programs for the CFA or the return address that have no value. */
const brokenPrograms: readonly Uint8Array[] = [
  expression(dwarf.drop(), dwarf.drop()),
  expression(dwarf.drop()),
  expression(dwarf.lit(1), dwarf.plus(), dwarf.plus()),
  expression(dwarf.lit(1), dwarf.lit(0), dwarf.div()),
  expression(dwarf.lit(1), dwarf.lit(0), dwarf.mod()),
  expression(dwarf.lit(1), dwarf.raw(0x2f, 0x00, 0x10)),
  expression(dwarf.lit(1), dwarf.raw(0x2f, 0x00, 0x80)),
  expression(dwarf.lit(1), dwarf.pick(7)),
  expression(dwarf.lit(1), dwarf.swap(), dwarf.rot()),
  expression(dwarf.reg(3)),
  expression(dwarf.lit(0), dwarf.deref()),
  expression(dwarf.raw(0xe0)),
  expression(dwarf.raw(0x0e, 1, 2, 3)),
];

const broken = (random: Random, { machine }: HandWriter, program: Uint8Array): CfiDirective =>
  random.chance(0.5) ? cfi.defCfaExpression(program) : cfi.valExpression(machine.returnAddress, program);

/** Expressions without a value. */
export const brokenExpression = damageScenario({
  name: 'broken-expression',
  description: 'the expression of the CFA or of the return address has no value',
  about:
    'At one call the CFA, or the return address, is an expression that cannot be evaluated: it takes more from its stack ' +
    'than is there, divides by zero, branches out of itself, breaks off in an operand, loads from address 0 or uses an ' +
    'operation that has no meaning in call frame information. The frames up to this one must be right, and the walk ' +
    'must end with it. Wrong unwinders read below their stack, die of a division, or take what is left for a value.',
  source: 'DWARF 5, sections 2.5.1 and 6.4.2',
  needs: ['expressions'],
  victims: (random, architecture) => [
    lyingLink(random, architecture, {
      directives: (hand) => [broken(random, hand, random.pick(brokenPrograms))],
      ends: [inLie({ endings: refused })],
    }),
  ],
});

/** Expressions that never end. */
const endlessPrograms: readonly Uint8Array[] = [
  expression(dwarf.lit(1), dwarf.mark('again'), dwarf.skip('again')),
  expression(dwarf.lit(1), dwarf.mark('again'), dwarf.nop(), dwarf.lit(1), dwarf.bra('again')),
  expression(dwarf.lit(1), dwarf.mark('again'), dwarf.dup(), dwarf.bra('again')),
  expression(dwarf.mark('again'), dwarf.lit(1), dwarf.skip('again')),
];

export const endlessExpression = damageScenario({
  name: 'endless-expression',
  description: 'the expression of the CFA or of the return address branches back for ever',
  about:
    'At one call the CFA, or the return address, is an expression whose branch leads back for ever; some of them grow ' +
    'their stack while they do. The frames up to this one must be right, and the walk must come to an end in a time that ' +
    'nobody notices. Wrong unwinders hang, which in a signal handler or in a kernel is the end of more than a walk.',
  source: 'DWARF 5, section 2.5.1.5, DW_OP_skip and DW_OP_bra',
  needs: ['expressions'],
  victims: (random, architecture) => [
    lyingLink(random, architecture, {
      directives: (hand) => [broken(random, hand, random.pick(endlessPrograms))],
      ends: [inLie({ endings: refused })],
    }),
  ],
});

/** Instructions that cannot be executed where they stand. */
const brokenInstructions = (random: Random, { machine }: HandWriter): readonly CfiDirective[] => {
  const computed = cfi.defCfaExpression(expression(dwarf.breg(machine.sp, 16)));
  return random.pick([
    // The first one undoes the state the function remembers before the lie.
    [cfi.restoreState(), cfi.restoreState()],
    [computed, cfi.defCfaRegister(machine.sp)],
    [computed, cfi.defCfaOffset(16)],
  ]);
};

/** From an instruction on nothing is known. */
export const brokenInstruction = damageScenario({
  name: 'broken-instruction',
  description: 'a state is restored that nobody remembered, or half of a CFA that is an expression changed',
  about:
    'In the middle of a function stands DW_CFA_restore_state without a state to restore, or an instruction that changes ' +
    'the register or the offset of a CFA that is an expression. The rows before it are right; from there to the end of ' +
    'the function there is none. A right walk ends with such a frame and has those before it. Wrong unwinders pop a ' +
    'state from below their stack, or combine a register with an offset from long ago.',
  source: 'DWARF 5, sections 6.4.2.2 and 6.4.2.4; real: parca-dev/parca-agent #841',
  needs: ['expressions'],
  victims: (random, architecture) => [
    lyingLink(random, architecture, {
      directives: (hand) => brokenInstructions(random, hand),
      ends: [{ endings: refused, from: lie }],
    }),
  ],
});
