import { type Module, openElfModule, type SectionBytes } from '../../../engine/index.ts';
import { PlainRowSource } from '../baselines/plain-row-source.ts';
import type { Switches } from '../baselines/switches.ts';
import type { BenchModule } from '../bench-stack.ts';

type Lookup = 'header' | 'list';

const opened = new WeakMap<BenchModule, Map<Lookup, Module>>();

/** A module, opened once: what it knows of its CIEs and FDEs serves everyone, and opening a large file takes long. */
export function openModule(module: BenchModule, lookup: Lookup): Module {
  let ways = opened.get(module);
  if (ways === undefined) {
    ways = new Map();
    opened.set(module, ways);
  }
  let found = ways.get(lookup);
  if (found === undefined) {
    found = openModuleAnew(module, lookup);
    ways.set(lookup, found);
  }
  return found;
}

/** A module with nothing known of it yet. */
export function openModuleAnew({ name, elf, loadBias }: BenchModule, lookup: Lookup): Module {
  return openElfModule(elf, { name, loadBias, lookup });
}

/** A module whose rows the typed-array baseline works out. */
export function openPlain(module: BenchModule, switches: Switches): Module {
  const { elf, loadBias } = module;
  const section = (name: string): SectionBytes => {
    const found = elf.section(name);
    if (found === undefined) throw new Error(`${module.name} has no ${name}`);
    return { address: found.address + loadBias, bytes: found.bytes };
  };
  const source = new PlainRowSource(section('.eh_frame_hdr'), section('.eh_frame'), switches);
  return openModule(module, 'header').withSource(source);
}
