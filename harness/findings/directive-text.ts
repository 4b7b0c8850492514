import type { Architecture } from '../../engine/index.ts';
import type { CfiDirective } from '../../generators/cfi/index.ts';
import type { Edit } from './edit.ts';

/** A directive as GNU as reads it, such as `.cfi_offset %rbx, -16`; what it has no word for is an escape. */
export function directiveText(directive: CfiDirective, architecture: Architecture): string {
  const register = (number: number): string => registerText(number, architecture);
  switch (directive.kind) {
    case 'defCfa':
    case 'defCfaSf':
      return `.cfi_def_cfa ${register(directive.register)}, ${directive.offset}`;
    case 'defCfaRegister':
      return `.cfi_def_cfa_register ${register(directive.register)}`;
    case 'defCfaOffset':
    case 'defCfaOffsetSf':
      return `.cfi_def_cfa_offset ${directive.offset}`;
    case 'offset':
    case 'offsetExtended':
    case 'offsetExtendedSf':
    case 'gnuNegativeOffsetExtended':
      return `.cfi_offset ${register(directive.register)}, ${directive.offset}`;
    case 'valOffset':
    case 'valOffsetSf':
      return `.cfi_val_offset ${register(directive.register)}, ${directive.offset}`;
    case 'register':
      return `.cfi_register ${register(directive.register)}, ${register(directive.source)}`;
    case 'restore':
    case 'restoreExtended':
      return `.cfi_restore ${register(directive.register)}`;
    case 'undefined':
      return `.cfi_undefined ${register(directive.register)}`;
    case 'sameValue':
      return `.cfi_same_value ${register(directive.register)}`;
    case 'rememberState':
      return '.cfi_remember_state';
    case 'restoreState':
      return '.cfi_restore_state';
    case 'negateRaState':
      return '.cfi_negate_ra_state';
    case 'negateRaStateWithPc':
      return '.cfi_negate_ra_state_with_pc';
    case 'defCfaExpression':
      return escapeText([DW_CFA_def_cfa_expression], directive.expression);
    case 'expression':
      return escapeText([DW_CFA_expression, directive.register], directive.expression);
    case 'valExpression':
      return escapeText([DW_CFA_val_expression, directive.register], directive.expression);
    case 'argsSize':
      return escapeText([DW_CFA_GNU_args_size, ...uleb(directive.size)]);
    case 'setRaState':
      return `.cfi_set_ra_state ${directive.state}, ${directive.signingOffset}`;
    default:
      return '.cfi_escape';
  }
}

/** The directive that an edit adds or moves; one that changes the CFA's offset only says by how much. */
export function editText(
  { directive, adjust }: Pick<Edit, 'directive' | 'adjust'>,
  architecture: Architecture,
): string | undefined {
  if (directive === undefined) return undefined;
  if (adjust !== undefined && directive.kind === 'defCfaOffset') return `.cfi_adjust_cfa_offset ${adjust}`;
  return directiveText(directive, architecture);
}

export function registerText(dwarf: number, { name, columnNames, dwarfToColumn }: Architecture): string {
  const column = dwarfToColumn[dwarf] ?? -1;
  if (column < 0) return `${dwarf}`;
  return name === 'x86-64' ? `%${columnNames[column]}` : columnNames[column]!;
}

const DW_CFA_def_cfa_expression = 0x0f;
const DW_CFA_expression = 0x10;
const DW_CFA_val_expression = 0x16;
const DW_CFA_GNU_args_size = 0x2e;

function escapeText(start: readonly number[], expression?: Uint8Array): string {
  const bytes = expression === undefined ? start : [...start, ...uleb(expression.length), ...expression];
  return `.cfi_escape ${bytes.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')}`;
}

function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
