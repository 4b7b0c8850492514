import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { plainStyle } from '../../function/style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { type ChainScenario, chainScenario } from '../chain-scenario.ts';
import { mainStack, ordinaryPlacement, type Placement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';
import { Frame } from './frame.ts';

/** Writes one function whose frame is built step by step. */
export type FrameWrite = (frame: Frame, next: string | undefined, name: string, writer: FunctionWriter) => void;

/** A scenario whose programs mix functions of one kind with ordinary ones. */
export interface FrameScenario extends Pick<ChainScenario, 'architectures' | 'place'> {
  /** Behind `prologue/`. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Selector bits the functions branch on. Default: none. */
  readonly bits?: number;
  readonly programs?: ChainScenario['programs'];
  write(random: Random, architecture: ArchitectureName): FrameWrite;
}

export function frameScenario({ name, bits = 0, programs, write, ...rest }: FrameScenario): Scenario {
  return chainScenario({
    ...rest,
    name: `prologue/${name}`,
    needs: ['callee-saved'],
    bits,
    programs: programs ?? { full: 24, quick: 1 },
    links(random, architecture) {
      const length = random.between(3, 5);
      // The caller of the first keeps registers, so that a wrong rule shows.
      const links: Link[] = [{ style: ordinaryStyle(random) }];
      while (links.length < length) {
        const own = random.derive(links.length);
        const special = links.length === 1 || own.chance(0.8);
        links.push(special ? frameLink(architecture, write(own, architecture)) : { style: ordinaryStyle(own) });
      }
      return links;
    },
  });
}

/** A function built step by step as a link of a chain. */
export function frameLink(architecture: ArchitectureName, write: FrameWrite): Link {
  return {
    style: plainStyle,
    write: (writer, next, random, name) => write(new Frame(architecture, writer, random), next, name, writer),
  };
}

/** As an ordinary process with a stack of so many bytes. */
export function placeWithStack(size: number): (random: Random) => Placement {
  return (random) => {
    const placement = ordinaryPlacement(random);
    return { ...placement, stacks: placement.stacks.map(({ start }) => mainStack(start, size)) };
  };
}
