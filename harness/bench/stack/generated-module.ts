import { readElf } from '../../../engine/index.ts';
import { plainStyle } from '../../../generators/function/style.ts';
import { selectorLabel } from '../../../generators/function/writer.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import type { Random } from '../../../generators/random.ts';
import { chain } from '../../../generators/scenarios/chain.ts';
import type { BenchModule } from '../bench-stack.ts';

const loadBias = 0x5555_5400_0000n;

/**
 * Functions of the generators, as compilers write them: each saves as many callee-saved registers as `saved` says for
 * its index, has up to 256 bytes of locals and calls the next one.
 */
export function generateModule(
  name: string,
  functions: number,
  random: Random,
  saved: (i: number) => number,
): BenchModule {
  const links = Array.from({ length: functions }, (_, i) => ({
    style: {
      ...plainStyle,
      saved: saved(i),
      order: random.pick(['gcc', 'llvm'] as const),
      landingPad: random.chance(0.5),
      locals: 16 * random.below(17),
    },
  }));
  const linked = linkProgram(chain('x86-64', random, links), {
    architecture: 'x86-64',
    type: 'shared',
    textAddress: 0x1000n,
    loadBias,
    data: [{ label: selectorLabel, bytes: new Uint8Array(8), writable: true }],
  });
  return { name, elf: readElf(linked.image), loadBias };
}
