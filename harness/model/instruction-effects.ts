import { disassemble } from '../disassembly/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import { flowsOf as aarch64Flows } from './flow/aarch64.ts';
import type { Effect } from './flow/flow.ts';
import { flowsOf as x86_64Flows } from './flow/x86-64.ts';

const longestInstruction = 15;
/** Nothing can be decoded there: whatever executed may have changed anything. */
const undecoded: Effect = { flows: [], unknown: true };

/** Tells what the instruction at an address does; each is decoded once. */
export class InstructionEffects {
  /** Instructions the model does not know, as a disassembler writes them. */
  readonly unknown = new Set<string>();
  readonly #image: LoadedImage;
  readonly #effects = new Map<bigint, Effect>();

  constructor(image: LoadedImage) {
    this.#image = image;
  }

  at(pc: bigint): Effect {
    let effect = this.#effects.get(pc);
    if (effect === undefined) {
      effect = this.#decode(pc);
      this.#effects.set(pc, effect);
    }
    return effect;
  }

  #decode(pc: bigint): Effect {
    const { architecture, segments } = this.#image;
    for (const { address, bytes, executable } of segments) {
      const offset = pc - address;
      if (!executable || offset < 0n || offset >= BigInt(bytes.length)) continue;
      const start = Number(offset);
      const [instruction] = disassemble(architecture.name, bytes.slice(start, start + longestInstruction), pc);
      if (instruction === undefined) return undecoded;
      const effect = architecture.name === 'x86-64' ? x86_64Flows(instruction) : aarch64Flows(instruction);
      if (effect.unknown && !effect.isSystemCall) this.unknown.add(`${instruction.mnemonic} ${instruction.operands}`);
      return effect;
    }
    return undecoded;
  }
}
