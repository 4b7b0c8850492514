import type { CodeFunction, Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi, dwarf, expression } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { ordinary } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { body } from '../shape.ts';
import { coldSigned, returnsTwice, signedScenario, signedStyle } from './shapes.ts';

/** DWARF number of RA_SIGN_STATE (aadwarf64, "DWARF register names"). */
const RA_SIGN_STATE = 34;
const signing = [a64.paciasp(), a64.pacibsp()].map(({ bytes }) => bytes.join());

const isToggle = (item: Item) => 'cfi' in item && item.cfi.kind === 'negateRaState';
const isSigning = (item: Item) => 'bytes' in item && signing.includes(item.bytes.join());

/** Replaces every toggle by what `say` makes of the state it leads to. */
function setInstead(functions: readonly CodeFunction[], say: (signed: boolean) => CfiDirective): CodeFunction[] {
  return functions.map((code) => {
    let signed = false;
    const remembered: boolean[] = [];
    const items = code.items.map((item): Item => {
      if (!('cfi' in item)) return item;
      if (item.cfi.kind === 'rememberState') remembered.push(signed);
      if (item.cfi.kind === 'restoreState') signed = remembered.pop()!;
      if (item.cfi.kind !== 'negateRaState') return item;
      signed = !signed;
      return { cfi: say(signed) };
    });
    return { ...code, items };
  });
}

/** Puts `pacm` before every signing instruction: with it, processors that can sign with the PC, too. */
function withPc(functions: readonly CodeFunction[]): CodeFunction[] {
  return functions.map((code) => ({
    ...code,
    items: code.items.flatMap((item) => (isSigning(item) ? [a64.pacm(), item] : [item])),
  }));
}

/** The toggle with PC stands at the signing instruction, not behind it. */
function negateWithPc(functions: readonly CodeFunction[]): CodeFunction[] {
  const toggle: Item = { cfi: cfi.negateRaStateWithPc() };
  return withPc(functions).map((code) => ({
    ...code,
    items: code.items.flatMap((item, i): Item[] => {
      if (isSigning(item)) return [toggle, item];
      if (!isToggle(item)) return [item];
      return isSigning(code.items[i - 1]!) ? [] : [toggle];
    }),
  }));
}

/** The parts that begin signed get a CIE that says so, in place of their first toggle. */
function signedByCie(functions: readonly CodeFunction[]): CodeFunction[] {
  return functions.map((code) => {
    const first = code.items.findIndex((item) => !('cfi' in item));
    const toggle = code.items.findIndex(isToggle);
    if (toggle < 0 || toggle > first) return code;
    const initial = [cfi.defCfa(31, 0), cfi.negateRaState()];
    return { ...code, cie: { ...code.cie, initial }, items: code.items.filter((_, i) => i !== toggle) };
  });
}

/** A signed state said in other ways than by toggling it. */
export const respelledScenarios: readonly Scenario[] = [
  signedScenario({
    name: 'by-expression',
    description: 'RA_SIGN_STATE set by DW_CFA_val_expression wherever compilers toggle it',
    about:
      'The state is a register like others, number 34, and a rule may say what it is: here an expression that gives 1 ' +
      'or 0. It covers functions with two returns, where the rule is remembered and restored. An unwinder that keeps ' +
      'the state besides its registers never sees the rule, takes the address for unsigned and returns it with its code.',
    source: 'aadwarf64, "DWARF register names"; real: LLVM libunwind D123692, GCC PR 104689',
    needs: ['expressions'],
    bits: 1,
    write: () => returnsTwice,
    respell: (functions) =>
      setInstead(functions, (signed) => cfi.valExpression(RA_SIGN_STATE, expression(dwarf.lit(signed ? 1 : 0)))),
  }),
  signedScenario({
    name: 'set-state',
    description: 'DW_CFA_AARCH64_set_ra_state instead of toggles: unsigned and signed with SP',
    about:
      'The opcode sets the state instead of toggling it, so that the order of blocks no longer matters; its second ' +
      'operand, a distance, has no meaning without a PC but must be read. Cold parts begin with it. An unwinder that ' +
      'does not know opcode 0x2b cannot know where the next one starts, and must give the FDE up, not guess.',
    source: 'aadwarf64, "Call frame instructions"; abi-aa PR #346',
    needs: ['signing-with-pc'],
    bits: 2,
    programs: { full: 12, quick: 1 },
    write: () => coldSigned,
    respell: (functions) => setInstead(functions, (signed) => cfi.setRaState(signed ? 1 : 0, signed ? 0 : -4)),
  }),
  signedScenario({
    name: 'set-state-with-pc',
    description: 'pacm before signing; DW_CFA_AARCH64_set_ra_state says that it is signed with the PC',
    about:
      'Code for processors with and without FEAT_PAuth_LR: pacm makes the next instruction use the PC where that is ' +
      'possible and does nothing elsewhere. The state is 2, a third value, not a pair of bits of which only the upper ' +
      'one is set. An unwinder that tests the lowest bit takes the address for unsigned and returns it with its code.',
    source: 'aadwarf64, "DWARF register names"; real: LLVM libunwind #206814',
    needs: ['signing-with-pc'],
    respell: (functions) => withPc(setInstead(functions, (signed) => cfi.setRaState(signed ? 2 : 0, signed ? -4 : 0))),
  }),
  signedScenario({
    name: 'negate-with-pc',
    description: 'pacm before signing; DW_CFA_AARCH64_negate_ra_state_with_pc at the signing instruction',
    about:
      'The toggle that also notes the PC stands at the signing instruction, so that for one instruction the row says ' +
      'signed although the address is not yet: stripping must leave an address without a code as it is. The second ' +
      'toggle ends it. Unwinders that know only the older opcode must not go on as if nothing had been said.',
    source: 'aadwarf64, "Call frame instructions"; real: LLVM libunwind #164224',
    needs: ['signing-with-pc'],
    write: () => ordinary,
    respell: negateWithPc,
  }),
  signedScenario({
    name: 'signed-by-cie',
    description: 'parts that begin signed have a CIE whose initial instructions toggle the state',
    about:
      'Cold parts of signed functions share a CIE that already says that the return address is signed, so their FDEs ' +
      'need not. What an FDE starts with is what its CIE’s instructions end with, the state included. Unwinders that ' +
      'clear the state at the start of each FDE have the opposite state in all of it.',
    source: 'DWARF 5, section 6.4.1; aadwarf64, "Call frame instructions"; real: LLVM libunwind D123692',
    bits: 1,
    link: (random, key) => ({
      style: signedStyle(random, key),
      write(writer, next, own, name, fragments) {
        writer.prologue();
        writer.overwrite();
        writer.branchIf(0, `${name}.cold`);
        body(writer, next, own);
        const cold = writer.fragment(writer.state());
        writer.epilogue();
        writer.ret();
        body(cold, next, own);
        cold.epilogue();
        cold.ret();
        fragments.add(`${name}.cold`, cold);
      },
    }),
    respell: signedByCie,
  }),
];
