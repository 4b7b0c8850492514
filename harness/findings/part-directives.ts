import type { Architecture } from '../../engine/index.ts';
import { type CfiDirective, cfi, dwarf, expression } from '../../generators/cfi/index.ts';
import type { Malformed, ModelRow, ModelRule } from '../model/index.ts';
import { ownCfa, type PlaceEvidence } from './evidence.ts';
import type { RowPart } from './judge-row.ts';

/** Slots tried for a register; its value lies in few. */
const mostSlots = 6;
/** Bases of a CFA other than SP and the frame pointer are near it. */
const nearest = 0x1000;

/** What makes a part of a row right by the evidence of its place, the likeliest first. */
export function directivesFor(
  part: RowPart,
  row: ModelRow | Malformed,
  place: PlaceEvidence,
  architecture: Architecture,
  initial: ModelRow,
): CfiDirective[] {
  if ('malformed' in row) return [];
  if (part === 'cfa') return cfaDirectives(row, place, architecture);
  if (part === 'sign-state') return [cfi.negateRaState(), cfi.negateRaStateWithPc()];
  const register = (column: number): number => architecture.columnToDwarf[column]!;
  if (part === 'end') {
    const { returnColumn } = row;
    return place.behind === 'nobody' ? [cfi.undefined(register(returnColumn))] : [cfi.restore(register(returnColumn))];
  }
  if (part === 'unusable') return [];
  return savedDirectives(part === 'return-address' ? row.returnColumn : part, place, architecture, initial);
}

function cfaDirectives(row: ModelRow, place: PlaceEvidence, { sp, fp, columnToDwarf }: Architecture): CfiDirective[] {
  const base = row.cfa !== undefined && 'column' in row.cfa ? row.cfa : undefined;
  const cfa = ownCfa(place);
  const usual = cfa.filter(([column]) => column === base?.column || column === sp || column === fp);
  const others = cfa.filter((one) => !usual.includes(one) && Math.abs(one[1]) < nearest);
  const directives = [...usual, ...others].map(([column, offset]): CfiDirective => {
    const number = columnToDwarf[column]!;
    if (base?.column === column) return offset < 0 ? cfi.defCfaOffsetSf(offset) : cfi.defCfaOffset(offset);
    if (base?.offset === offset) return cfi.defCfaRegister(number);
    return offset < 0 ? cfi.defCfaSf(number, offset) : cfi.defCfa(number, offset);
  });
  const frame = columnToDwarf[fp]!;
  const stored = place.cfaFrameSlots.map((slot) =>
    cfi.defCfaExpression(expression(dwarf.breg(frame, slot), dwarf.deref())),
  );
  return [...directives, ...stored];
}

/** What a directive may have been meant to be besides: with all operands, or for the register its slot is of. */
export function otherForms(
  directive: CfiDirective,
  place: PlaceEvidence,
  { columnToDwarf }: Architecture,
): CfiDirective[] {
  switch (directive.kind) {
    case 'defCfa':
    case 'defCfaSf':
      return ownCfa(place).map(([column, offset]) => cfi.defCfa(columnToDwarf[column]!, offset));
    case 'defCfaRegister':
      return ownCfa(place).map(([column]) => cfi.defCfaRegister(columnToDwarf[column]!));
    case 'offset':
    case 'offsetExtendedSf':
      return Object.entries(place.saved)
        .filter(([, where]) => where.slots.includes(directive.offset))
        .map(([column]) => ({ ...directive, register: columnToDwarf[Number(column)]! }));
    default:
      return [];
  }
}

function savedDirectives(
  column: number,
  place: PlaceEvidence,
  { fp, columnToDwarf }: Architecture,
  initial: ModelRow,
): CfiDirective[] {
  const where = place.saved[column];
  if (where === undefined) return [];
  const number = columnToDwarf[column]!;
  const directives: CfiDirective[] = [];
  if (holds(initial.rules.get(column), column, where)) directives.push(cfi.restore(number));
  else if (where.registers.includes(column)) directives.push(cfi.sameValue(number));
  for (const slot of where.slots.slice(0, mostSlots)) {
    directives.push(slot > 0 ? cfi.offsetExtendedSf(number, slot) : cfi.offset(number, slot));
  }
  for (const register of where.registers) {
    if (register !== column) directives.push(cfi.register(number, columnToDwarf[register]!));
  }
  for (const slot of where.frameSlots.slice(0, mostSlots)) {
    directives.push(cfi.expression(number, expression(dwarf.breg(columnToDwarf[fp]!, slot))));
  }
  return directives;
}

function holds(rule: ModelRule | undefined, column: number, where: PlaceEvidence['saved'][number]): boolean {
  if (rule === undefined || rule.kind === 'same') return where.registers.includes(column);
  return rule.kind === 'offset' && where.slots.includes(rule.offset);
}
