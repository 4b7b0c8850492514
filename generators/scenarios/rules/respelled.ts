import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type Item, itemSize } from '../../assembly/index.ts';
import { type AdvanceForm, type CfiDirective, type CieOptions, cfi } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { Random } from '../../random.ts';
import { type Link, ordinary } from '../chain.ts';
import { machineOf } from './machine-of.ts';
import { ruleScenario } from './rule-scenario.ts';

/** DW_EH_PE_pcrel with sdata4, sdata8 and absptr: what FDEs and with them DW_CFA_set_loc can be written in. */
const pointerEncodings = [0x1b, 0x1c, 0x10];

/** An ordinary function whose items are then rewritten; the CFI says the same in other opcodes. */
function respelled(random: Random, cie: CieOptions, rewrite: (items: readonly Item[]) => Item[]): Link {
  return {
    style: ordinaryStyle(random),
    cie,
    write(writer, next, own) {
      if (own.chance(0.2)) writer.work(own.between(70, 300));
      ordinary(writer, next, own);
      const rewritten = rewrite(writer.items);
      writer.items.splice(0, writer.items.length, ...rewritten);
    },
  };
}

/** The opcodes that can move the location by so many bytes. */
function advanceForms(bytes: number, codeAlignment: number): AdvanceForm[] {
  const units = bytes / codeAlignment;
  const forms: AdvanceForm[] = ['advanceLoc2', 'advanceLoc4', 'mipsAdvanceLoc8', 'setLoc'];
  if (units <= 0xff) forms.push('advanceLoc1');
  if (units < 0x40) forms.push('advanceLoc');
  return forms;
}

/** Puts an explicit advance where the location moves, now and then one by nothing, or a nop. */
function withAdvances(random: Random, items: readonly Item[], codeAlignment: number): Item[] {
  const result: Item[] = [];
  let distance = 0;
  const advance = () => {
    result.push({ cfi: cfi.advance(random.pick(advanceForms(distance, codeAlignment))) });
    distance = 0;
  };
  for (const item of items) {
    distance += itemSize(item);
    if ('cfi' in item) {
      if (distance > 0 || random.chance(0.1)) advance();
      if (random.chance(0.1)) result.push({ cfi: cfi.nop() });
    }
    result.push(item);
  }
  return result;
}

/** Every way of moving the location. */
export const advanceFormsScenario = ruleScenario({
  name: 'advance-forms',
  description: 'every opcode that moves the location, in units of several code alignments, also by nothing',
  about:
    'Every opcode that moves the location appears, by distances from nothing to thousands of bytes, under several ' +
    'code alignment factors, between nops. The CFI says nothing new; its rows must begin where the instructions do. ' +
    'Readers that forget the factor, or read a set_loc as an absolute address, are off by some instructions.',
  source: 'DWARF 5, section 6.4.2.1; real: gimli #397 and #403',
  group(random, architecture) {
    const codeAlignment = architecture === 'x86-64' ? 1 : random.pick([1, 2, 4]);
    const cie = { codeAlignment, pointerEncoding: random.pick(pointerEncodings) };
    return [respelled(random, cie, (items) => withAdvances(random, items, codeAlignment))];
  },
});

/** Register and offset of the CFA behind a directive. */
function cfaBehind(cfa: Cfa, directive: CfiDirective): Cfa {
  switch (directive.kind) {
    case 'defCfa':
      return { register: directive.register, offset: directive.offset };
    case 'defCfaRegister':
      return { ...cfa, register: directive.register };
    case 'defCfaOffset':
      return { ...cfa, offset: directive.offset };
    default:
      return cfa;
  }
}

interface Cfa {
  readonly register: number;
  readonly offset: number;
}

/** Directives that say the same, as far as the factor of offsets lets them; `cfa` is the one behind the directive. */
function factoredForms(directive: CfiDirective, cfa: Cfa, dataAlignment: number): CfiDirective[] {
  const whole = [cfi.defCfa(cfa.register, cfa.offset), cfi.defCfaSf(cfa.register, cfa.offset)];
  switch (directive.kind) {
    case 'defCfa':
      return whole;
    case 'defCfaRegister':
      return [directive, ...whole];
    case 'defCfaOffset':
      return [directive, cfi.defCfaOffsetSf(directive.offset), ...whole];
    case 'offset':
    case 'offsetExtended': {
      const { register, offset } = directive;
      const signed = cfi.offsetExtendedSf(register, offset);
      return dataAlignment < 0
        ? [directive, cfi.offsetExtended(register, offset), signed]
        : [cfi.gnuNegativeOffsetExtended(register, offset), signed];
    }
    case 'restore':
      return [directive, cfi.restoreExtended(directive.register)];
    default:
      return [directive];
  }
}

function factored(random: Random, architecture: ArchitectureName): Link {
  // Offsets of x86-64 and AArch64 are multiples of 8.
  const dataAlignment = random.pick([-8, -4, -2, -1, 1, 4, 8]);
  const { sp, entryDepth } = machineOf(architecture);
  return respelled(random, { dataAlignment }, (items) => {
    const result: Item[] = random.chance(0.3) ? [{ cfi: cfi.valOffsetSf(sp, 0) }] : [];
    let cfa: Cfa = { register: sp, offset: entryDepth };
    for (const item of items) {
      if ('cfi' in item) {
        cfa = cfaBehind(cfa, item.cfi);
        result.push({ cfi: random.pick(factoredForms(item.cfi, cfa, dataAlignment)) });
      } else result.push(item);
    }
    return result;
  });
}

/** Every way of writing an offset. */
export const factoredScenario = ruleScenario({
  name: 'factored',
  description: 'every opcode with a factored offset, under data alignment factors of both signs',
  about:
    'Every opcode with a factored offset appears, with data alignment factors from -8 to 8, and both forms of the ' +
    'CFA. The same offsets are said in other numbers. Readers with a fixed factor, an unsigned one, or one for ' +
    'offsets that have none, compute other slots.',
  source: 'DWARF 5, sections 6.4.2.2 and 6.4.2.3; LSB, DW_CFA_GNU_negative_offset_extended',
  group: (random, architecture) => [factored(random, architecture)],
});
