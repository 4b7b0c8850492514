import { type ArchitectureName, readElf } from '../../../engine/index.ts';
import { type CfiDirective, cfi } from '../../../generators/cfi/index.ts';
import { type LinkOptions, linkProgram } from '../../../generators/link/index.ts';

const code = (count: number) => ({ bytes: new Uint8Array(count) });

export interface Sample extends Partial<LinkOptions> {
  /** Directives of the first function, each at a distance in bytes from its start. */
  readonly placed?: readonly (readonly [number, CfiDirective])[];
  /** Bytes of the first function. */
  readonly size?: number;
  /** The second function has no FDE. */
  readonly uncovered?: true;
}

/** The image of two functions, `f` and `g`; the first has directives, the second starts 16 bytes behind its end. */
export function sample(architecture: ArchitectureName, { placed = [], size = 16, uncovered, ...options }: Sample = {}) {
  const items = placed.flatMap(([offset, directive], i) => [
    code(offset - (placed[i - 1]?.[0] ?? 0)),
    { cfi: directive },
  ]);
  const rest = code(size - (placed.at(-1)?.[0] ?? 0));
  const g = uncovered ? [code(16)] : [code(4), { cfi: cfi.defCfaOffset(32) }, code(12)];
  return linkProgram(
    [
      { name: 'f', items: [...items, rest] },
      { name: 'g', items: g, ...(uncovered && { uncovered }) },
    ],
    { architecture, ...options },
  ).image;
}

/** Changes bytes of a section in place: `change` is given them as a view. */
export function damaged(image: Uint8Array, section: string, change: (view: DataView) => void): Uint8Array {
  const { bytes } = readElf(image).section(section)!;
  change(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return image;
}
