import { Module, openElfModule, type SectionBytes } from '../../../engine/index.ts';
import { PlainRowSource } from '../baselines/plain-row-source.ts';
import type { Switches } from '../baselines/switches.ts';
import type { BenchModule } from '../bench-stack.ts';

/** A module opened anew, with nothing known of it yet. */
export function openModule({ name, elf, loadBias }: BenchModule, lookup: 'header' | 'list'): Module {
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
  const { name, architecture, startLo, startHi, endLo, endHi } = openModule(module, 'header');
  return new Module(name, architecture, join(startLo, startHi), join(endLo, endHi), source);
}

function join(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}
