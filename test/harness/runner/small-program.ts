import type { CodeFunction, Item } from '../../../generators/assembly/index.ts';
import { cfi } from '../../../generators/cfi/index.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import type { Feature, Program } from '../../../generators/program.ts';

const code = (...bytes: number[]): Item => ({ bytes: Uint8Array.from(bytes) });
const rbx = 3;

/** `entry` saves rbx, overwrites it and calls `leaf`, which directly follows it; 7 instructions, 7 stops. */
const functions: readonly CodeFunction[] = [
  {
    name: 'entry',
    items: [
      code(0x53), // push rbx
      { cfi: cfi.defCfaOffset(16) },
      { cfi: cfi.offset(rbx, -16) },
      code(0x48, 0xc7, 0xc3, 0x2a, 0, 0, 0), // mov rbx, 42
      code(0xe8, 2, 0, 0, 0), // call leaf
      code(0x5b), // pop rbx
      { cfi: cfi.defCfaOffset(8) },
      { cfi: cfi.restore(rbx) },
      code(0xc3), // ret
    ],
  },
  { name: 'leaf', align: 1, items: [code(0x90), code(0xc3)] },
];

/** A hand-made x86-64 program of the functions, called at the first one. */
export function programOf(own: readonly CodeFunction[], needs: readonly Feature[] = []): Program {
  const { image, labels, instructions, paddingBytes, loadBias } = linkProgram(own, { architecture: 'x86-64' });
  return {
    name: 'test/small#0',
    scenario: 'test/small',
    architecture: 'x86-64',
    seed: '1',
    image,
    loadBias,
    stacks: [{ name: 'main', start: 0x7fff_0000_0000n, size: 0x10000, behind: 'nobody' }],
    runs: [{ entry: labels.get(own[0]!.name)!, start: 'call', arguments: [], signals: [] }],
    needs,
    instructions,
    paddingBytes,
  };
}

export const smallProgram = (needs: readonly Feature[] = []): Program => programOf(functions, needs);

/** A program of one function with these bytes of code and the CFI of a leaf. */
export const programOfBytes = (...instructions: number[][]): Program =>
  programOf([{ name: 'entry', items: instructions.map((bytes) => code(...bytes)) }]);
