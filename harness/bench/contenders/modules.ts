import { FrameSection, Module, openElfModule, type SectionBytes } from '../../../engine/index.ts';
import { type Kept, ReparsingRowSource } from '../baselines/reparsing-row-source.ts';
import type { BenchModule } from '../bench-stack.ts';

/** A module opened anew, with nothing known of it yet. */
export function openModule({ name, elf, loadBias }: BenchModule, lookup: 'header' | 'list'): Module {
  return openElfModule(elf, { name, loadBias, lookup });
}

/** A module whose rows are worked out with less kept than the engine keeps. */
export function openReparsing(module: BenchModule, kept: Kept): Module {
  const { elf, loadBias } = module;
  const section = (name: string): SectionBytes => {
    const found = elf.section(name);
    if (found === undefined) throw new Error(`${module.name} has no ${name}`);
    return { address: found.address + loadBias, bytes: found.bytes };
  };
  const frames = new FrameSection({ kind: '.eh_frame', section: section('.eh_frame'), architecture: elf.architecture });
  return replaceSource(openModule(module, 'list'), new ReparsingRowSource(section('.eh_frame_hdr'), frames, kept));
}

/** The same range with rows from another source. */
export function replaceSource(module: Module, source: Module['source']): Module {
  const { name, architecture, startLo, startHi, endLo, endHi } = module;
  return new Module(name, architecture, join(startLo, startHi), join(endLo, endHi), source);
}

function join(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}
