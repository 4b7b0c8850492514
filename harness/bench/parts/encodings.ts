import {
  buildFunctionTable,
  codeBytes,
  compactEncodings,
  dwarfEncoding,
  type EncodedSection,
  type Encoding,
  HeaderRowSource,
  type Module,
  Row,
} from '../../../engine/index.ts';
import type { BenchEncodings } from '../../record/bench.ts';
import type { BenchModule, BenchStack, Contender } from '../bench-stack.ts';
import { framePointer } from '../contenders/frame-pointer.ts';
import { openModule } from '../contenders/modules.ts';
import { cursorContender } from '../contenders/stack-cursor.ts';
import { type Effort, measureInterleaved, type Timed } from '../measure/interleave.ts';
import { openContenders } from '../measure/measure-contenders.ts';

/** What an encoding makes of a module, ready to be opened. */
interface Encoded {
  readonly encoding: Encoding;
  readonly sections: readonly EncodedSection[];
  readonly size: number;
}

/** Sections that are made lie at multiples of this. */
const alignment = 16n;

/** DWARF, written anew as linkers write it, is what the others are compared with. */
const encodings = [dwarfEncoding, ...compactEncodings.filter(({ files }) => files !== 'objects')];

/**
 * Times walks of a stack whose functions are of one module, with and without the rule cache, over what each encoding
 * makes of the module's call frame information, and opening that: all in turns with DWARF's. Throws `WrongWalk` where
 * the frames that an encoding gives are not those that were built.
 */
export function measureEncodings(stack: BenchStack, effort: Effort): BenchEncodings {
  const [module] = stack.modules;
  const encoded = encodeModule(module!);
  const walks = openContenders(stack, [framePointer, ...encoded.flatMap((each) => contendersOf(module!, each))]);
  const measured = measureInterleaved(walks, effort);
  const pc = stack.truth.value(1, stack.architecture.pc)! - 1n;
  const opened = measureInterleaved(
    encoded.map((each) => opening(each, stack, pc)),
    effort,
  );
  const ratio = (name: string): number => measured.get(name)!.ratio.median;
  const dwarf = encoded[0]!;
  return Object.fromEntries(
    encoded.map(({ encoding: { name, description }, size }) => {
      const open = opened.get(name)!;
      const uncached = ratio(uncachedName(name));
      return [
        name,
        {
          description,
          bytes: size,
          uncached,
          cached: ratio(cachedName(name)),
          uncachedOverDwarf: uncached / ratio(uncachedName(dwarf.encoding.name)),
          open: { nanoseconds: open.nanosecondsPerFrame.median, overDwarf: open.ratio.median },
        },
      ];
    }),
  );
}

function encodeModule(module: BenchModule): Encoded[] {
  const { elf, loadBias } = module;
  const { source } = openModule(module, 'header');
  if (!(source instanceof HeaderRowSource)) throw new TypeError(`expected a table in ${module.name}`);
  const [frames] = source.sections;
  const functions = buildFunctionTable(frames!, { source, code: codeBytes(elf, { loadBias, sectionAddress: [] }) });
  const address = frames!.section.address & -alignment;
  return encodings
    .filter(({ architectures }) => architectures.includes(elf.architecture.name))
    .map((encoding) => {
      const { sections } = encoding.encode({ functions, frames: frames!, address });
      return { encoding, sections, size: sections.reduce((sum, { bytes }) => sum + bytes.length, 0) };
    });
}

const uncachedName = (encoding: string): string => `${encoding}, uncached`;
const cachedName = (encoding: string): string => `${encoding}, cached`;

function contendersOf(of: BenchModule, { encoding: { name, open }, sections }: Encoded): Contender[] {
  const source = open(sections, of.elf.architecture);
  const encodedModule = (module: BenchModule): Module => openModule(module, 'header').withSource(source);
  return [
    cursorContender(uncachedName(name), '', encodedModule),
    cursorContender(cachedName(name), '', encodedModule, true),
  ];
}

/** Opening what was made and looking one address up, so that nothing is put off. */
function opening({ encoding, sections }: Encoded, { architecture }: BenchStack, pc: bigint): Timed {
  const row = new Row(architecture.columnCount);
  const lo = Number(pc & 0xffffffffn);
  const hi = Number(pc >> 32n);
  return {
    name: encoding.name,
    run() {
      if (!encoding.open(sections, architecture).lookup(lo, hi, row)) throw new Error(`${encoding.name} has no row`);
      return 1;
    },
  };
}
