import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction } from '../assembly/index.ts';
import type { CieOptions } from '../cfi/index.ts';
import { cieOf, createWriter } from '../function/create-writer.ts';
import type { FrameStyle } from '../function/style.ts';
import type { FunctionWriter } from '../function/writer.ts';
import type { LinkedProgram } from '../link/index.ts';
import type { WalkEnd } from '../program.ts';
import type { Random } from '../random.ts';

/** Name of the function every chain starts with. */
export const entryName = 'entry';

/** Collects parts of functions that lie elsewhere. */
export interface Fragments {
  /**
   * Adds a part; without a `place` it lies before or behind all functions. Several parts of one place keep their order.
   */
  add(name: string, writer: Pick<FunctionWriter, 'items'>, place?: FragmentPlace): void;
}

/** Right before or behind the function itself. */
export interface FragmentPlace {
  readonly side: 'before' | 'behind';
  /** Default: no gap on the side of the function. */
  readonly align?: number;
}

/** Where walks end in a link's function: between two labels, both given without the function's name and a dot. */
export interface LinkEnd extends Omit<WalkEnd, 'start' | 'end'> {
  /** Default: the function's start. */
  readonly from?: string;
  /** Default: its end. */
  readonly to?: string;
  /** Added to the addresses of `from` and `to`, bytes. Default: 0. */
  readonly fromOffset?: number;
  readonly toOffset?: number;
}

/** One function of a chain, with what it does between prologue and epilogue. */
export interface Link {
  readonly style: FrameStyle;
  /**
   * Writes the function; without it, it is a prologue, work, a call of the next, work and an epilogue. `next` is the
   * function to call, undefined in the last one.
   */
  write?(writer: FunctionWriter, next: string | undefined, random: Random, name: string, fragments: Fragments): void;
  /** It calls something that is in no link, so that it is no leaf although it is the last one. */
  readonly callsOut?: boolean;
  /** Default: 16. */
  readonly align?: number;
  /** Default: what the style needs. */
  readonly cie?: CieOptions;
  /** No FDE covers it. */
  readonly uncovered?: true;
  /** Label of its language-specific data; the CIE needs `lsdaEncoding`. */
  readonly lsda?: string;
  /** Where walks end in it. */
  readonly ends?: readonly LinkEnd[];
}

/**
 * Functions that call one another in a row; the first stores the selector before anything else. Fragments without a
 * place of their own lie before or behind all of them. Each function branches on `bits` selector bits of its own.
 */
export function chain(
  architecture: ArchitectureName,
  random: Random,
  links: readonly Link[],
  bits = 0,
): CodeFunction[] {
  const fragments: CodeFunction[] = [];
  const close = architecture === 'x86-64' ? 1 : 4;
  const functions = links.flatMap((link, i): CodeFunction[] => {
    const name = i === 0 ? entryName : `function${i}`;
    const next = i + 1 < links.length ? `function${i + 1}` : undefined;
    const own = random.derive(name);
    const style = next === undefined && !link.callsOut ? { ...link.style, leaf: own.chance(0.6) } : link.style;
    const writer = createWriter(architecture, style, own, i * bits);
    if (i === 0) writer.storeSelector();
    const cie = link.cie ?? cieOf(style);
    const sides: Record<FragmentPlace['side'], CodeFunction[]> = { before: [], behind: [] };
    const add: Fragments['add'] = (fragment, { items }, place) => {
      if (place === undefined) fragments.push({ name: fragment, items, cie });
      else sides[place.side].push({ name: fragment, items, cie, align: place.align ?? close });
    };
    (link.write ?? ordinary)(writer, next, own, name, { add });
    const align = sides.before.length > 0 ? close : link.align;
    const aligned = align === undefined ? {} : { align };
    const { items } = writer;
    const main: CodeFunction = link.uncovered
      ? { name, items: items.filter((item) => !('cfi' in item)), uncovered: true, ...aligned }
      : { name, items, cie, ...aligned, ...(link.lsda === undefined ? {} : { lsda: link.lsda }) };
    return [...sides.before, main, ...sides.behind];
  });
  return random.chance(0.5) ? [...functions, ...fragments] : [...fragments, ...functions];
}

/** Where walks end in the functions of a chain made of these links. */
export function chainEnds(linked: LinkedProgram, links: readonly Link[]): WalkEnd[] {
  return links.flatMap(({ ends = [] }, i) => {
    const own = linked.functions.find(({ name }) => name === (i === 0 ? entryName : `function${i}`))!;
    const place = (label: string | undefined, otherwise: bigint, offset = 0) =>
      (label === undefined ? otherwise : linked.labels.get(`${own.name}.${label}`)!) + BigInt(offset);
    return ends.map(({ from, to, fromOffset, toOffset, ...end }) => ({
      ...end,
      start: place(from, own.start, fromOffset),
      end: place(to, own.end, toOffset),
    }));
  });
}

/** Prologue, work, one call, work, epilogue. */
export function ordinary(writer: FunctionWriter, next: string | undefined, random: Random): void {
  writer.prologue();
  writer.work(random.below(3));
  writer.overwrite();
  writer.work(random.between(1, 4));
  if (next !== undefined) {
    if (random.chance(0.7)) writer.call(next);
    else writer.callIndirect(next);
    writer.work(random.between(1, 3));
  }
  writer.epilogue();
  writer.ret();
}
