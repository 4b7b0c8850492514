import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Feature, ProducerFault, Program, Stack } from '../../generators/program.ts';
import { Random } from '../../generators/random.ts';
import { FunctionSymbols } from '../loader/function-symbols.ts';
import type { LoadedModule } from '../loader/image.ts';
import { loadImage } from '../loader/load-image.ts';
import { engineFdes } from '../oracles/index.ts';
import type { CompiledBinary, CompiledPrograms, ListedFault } from './manifest.ts';

const page = 0x1000n;
const stackSize = 0x10_0000;

/** The first page of each kind of file, to which a random number of pages below 2^16 is added. */
const lowestBias = {
  executable: 0n,
  pie: 0x5555_5555_0000n,
  // Object files for x86-64 may have 32-bit absolute relocations.
  object: 0x40_0000n,
} as const;

/** A binary as a program of the suite. Throws what reading its file throws, and `UnwindError` where it is unusable. */
export function compiledProgram(
  { folder, faults }: CompiledPrograms,
  binary: CompiledBinary,
  at: { readonly scenario: string; readonly index: number; readonly seed: string },
): Program {
  const { path, kind, architecture, entry, exitStatus } = binary;
  const random = new Random(`${at.seed}/${path}`);
  const stack: Stack = {
    name: 'main',
    start: 0x7ffc_0000_0000n + BigInt(random.below(0x10_0000)) * page,
    size: stackSize,
    behind: 'nobody',
  };
  const loadBias = kind === 'executable' ? 0n : lowestBias[kind] + BigInt(random.below(0x1_0000)) * page;
  const file = Uint8Array.from(readFileSync(join(folder, path)));
  const image = loadImage(file, { name: path, loadBias });
  const [module] = image.modules;
  return {
    name: `${at.scenario}#${at.index}`,
    scenario: at.scenario,
    architecture,
    seed: random.seed,
    image: file,
    loadBias,
    stacks: [stack],
    runs: [
      {
        entry: new FunctionSymbols(image).byName(entry).address,
        start: entry === '_start' ? 'jump' : 'call',
        arguments: [],
        signals: [],
        exitStatus,
      },
    ],
    needs: featuresOf(binary, module!),
    instructions: [],
    paddingBytes: 0,
    producerFaults: (faults.get(path) ?? []).flatMap((fault) => faultsAt(fault, module!)),
  };
}

function featuresOf({ flags }: CompiledBinary, { elf }: LoadedModule): Feature[] {
  const rules = engineFdes(elf).flatMap(({ rows }) => rows.flatMap((row) => [row.cfa, ...row.rules.values()]));
  return [
    'callee-saved',
    ...(rules.some((rule) => rule.includes('{')) ? ['expressions' as const] : []),
    ...(flags.some((flag) => flag.startsWith('-mbranch-protection=')) ? ['pointer-authentication' as const] : []),
  ];
}

function faultsAt(fault: ListedFault, { loadBias }: LoadedModule): ProducerFault[] {
  return fault.pcs.map((pc) => ({
    at: BigInt.asUintN(64, BigInt(pc) + loadBias),
    function: fault.function,
    row: fault.row,
    kind: fault.kind,
  }));
}
