import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import { disguised, plus, registerPlus } from '../rules/equivalent.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { RecipeFunction } from './recipe.ts';

interface Cfa {
  readonly register: number;
  readonly offset: number;
}

/** Items of a whole FDE whose directives say the same by expressions. */
export function respell(
  items: readonly Item[],
  spelling: RecipeFunction['spelling'],
  architecture: ArchitectureName,
  random: Random,
): readonly Item[] {
  switch (spelling) {
    case 'plain':
      return items;
    case 'expressions':
      return items.map((item) => ('cfi' in item ? { cfi: savedByExpression(item.cfi, random) } : item));
    case 'cfa-expressions':
      return cfaByExpression(items, architecture, random);
  }
}

/** The CFA is on the expression's stack from the start. */
function savedByExpression(directive: CfiDirective, random: Random): CfiDirective {
  if (directive.kind !== 'offset' && directive.kind !== 'offsetExtended') return directive;
  const { register, offset } = directive;
  return cfi.expression(register, expression(...disguised(random, plus(random, offset))));
}

function cfaByExpression(items: readonly Item[], architecture: ArchitectureName, random: Random): Item[] {
  const { sp, entryDepth } = machineOf(architecture);
  const remembered: Cfa[] = [];
  let cfa: Cfa = { register: sp, offset: entryDepth };
  return items.map((item) => {
    if (!('cfi' in item)) return item;
    const directive = item.cfi;
    switch (directive.kind) {
      case 'rememberState':
        remembered.push(cfa);
        return item;
      case 'restoreState':
        cfa = remembered.pop()!;
        return item;
      case 'defCfa':
        cfa = { register: directive.register, offset: directive.offset };
        break;
      case 'defCfaRegister':
        cfa = { ...cfa, register: directive.register };
        break;
      case 'defCfaOffset':
        cfa = { ...cfa, offset: directive.offset };
        break;
      default:
        return item;
    }
    return { cfi: cfi.defCfaExpression(expression(...registerPlus(random, cfa.register, cfa.offset))) };
  });
}
