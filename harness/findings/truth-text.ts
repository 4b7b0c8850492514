import type { Architecture } from '../../engine/index.ts';
import { ownCfa, type PlaceEvidence, type Whereabouts } from './evidence.ts';
import type { RowPart } from './judge-row.ts';

/** Places named; a value that happens to be in more says nothing. */
const mostNamed = 3;

/** What execution showed of a part of a row, in a sentence. */
export function truthText(part: RowPart, place: PlaceEvidence, architecture: Architecture): string {
  const { columnNames, link, pc } = architecture;
  switch (part) {
    case 'unusable':
      return `the CFA is ${cfaText(place, architecture)}`;
    case 'end':
      return place.behind === 'nobody' ? 'nobody called the function' : 'the function has a caller';
    case 'cfa':
      return `the CFA is ${cfaText(place, architecture)}`;
    case 'sign-state':
      return 'the return address carries an authentication code';
    case 'return-address': {
      const column = link < 0 ? pc : link;
      return `the return address is ${whereText(place.saved[column], column, architecture)}`;
    }
    default:
      return `the caller's ${columnNames[part]} is ${whereText(place.saved[part], part, architecture)}`;
  }
}

function cfaText(place: PlaceEvidence, { sp, fp, columnNames }: Architecture): string {
  const order = (column: number): number => (column === sp ? 0 : column === fp ? 1 : 2);
  const sorted = [...ownCfa(place)].sort((a, b) => order(a[0]) - order(b[0]));
  const usual = sorted.filter(([column]) => order(column) < 2);
  const named = (usual.length > 0 ? usual : sorted).map(
    ([column, offset]) => `${columnNames[column]}${signed(offset)}`,
  );
  const stored =
    named.length > 0 ? [] : place.cfaFrameSlots.map((slot) => `what is at ${columnNames[fp]}${signed(slot)}`);
  return listed([...named, ...stored]);
}

function whereText(where: Whereabouts | undefined, column: number, { fp, columnNames }: Architecture): string {
  if (where === undefined) return 'not known';
  const { registers, slots, frameSlots } = where;
  const own = registers.includes(column) ? ['in its register'] : [];
  const stored = slots.map((slot) => `at CFA${signed(slot)}`);
  const others = registers.filter((one) => one !== column).map((one) => `in ${columnNames[one]}`);
  const all = [...own, ...stored, ...others];
  return listed(all.length > 0 ? all : frameSlots.map((slot) => `at ${columnNames[fp]}${signed(slot)}`));
}

function listed(all: readonly string[]): string {
  return all.length === 0 ? 'at no place that is the same at every stop' : all.slice(0, mostNamed).join(' or ');
}

function signed(offset: number): string {
  return offset < 0 ? `${offset}` : `+${offset}`;
}
