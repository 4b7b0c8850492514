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
  add(name: string, writer: FunctionWriter): void;
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
 * Functions that call one another in a row; the first stores the selector before anything else. Fragments lie before
 * or behind all of them. Each function branches on `bits` selector bits of its own.
 */
export function chain(
  architecture: ArchitectureName,
  random: Random,
  links: readonly Link[],
  bits = 0,
): CodeFunction[] {
  const fragments: CodeFunction[] = [];
  const functions = links.map((link, i): CodeFunction => {
    const name = i === 0 ? entryName : `function${i}`;
    const next = i + 1 < links.length ? `function${i + 1}` : undefined;
    const own = random.derive(name);
    const style = next === undefined ? { ...link.style, leaf: own.chance(0.6) } : link.style;
    const writer = createWriter(architecture, style, own, i * bits);
    if (i === 0) writer.storeSelector();
    const cie = link.cie ?? cieOf(style);
    const add: Fragments['add'] = (fragment, { items }) => fragments.push({ name: fragment, items, cie });
    (link.write ?? ordinary)(writer, next, own, name, { add });
    const aligned = link.align === undefined ? {} : { align: link.align };
    if (link.uncovered) {
      return { name, items: writer.items.filter((item) => !('cfi' in item)), uncovered: true, ...aligned };
    }
    return { name, items: writer.items, cie, ...aligned, ...(link.lsda === undefined ? {} : { lsda: link.lsda }) };
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
