import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FrameStyle } from '../../function/style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import type { Machine } from '../rules/machine.ts';
import { machineOf } from '../rules/machine-of.ts';
import { type HandScenario, handScenario } from '../rules/rule-scenario.ts';
import type { Scenario } from '../scenario.ts';

/** A scenario of the group `dynamic`; `name` is what stands behind `dynamic/`. */
export function dynamicScenario(plan: HandScenario): Scenario {
  return handScenario({ ...plan, name: `dynamic/${plan.name}` });
}

/** A function as compilers make them where its frame grows by amounts they do not know. */
export function dynamicStyle(random: Random, architecture: ArchitectureName): FrameStyle {
  const ordinary = ordinaryStyle(random);
  const saves = architecture === 'x86-64' ? 'push' : ordinary.saves;
  return { ...ordinary, framePointer: true, dynamic: true, saves };
}

/** What stands between prologue and epilogue of such a function. */
export type DynamicBody = (body: BodyWriter, next: string | undefined, random: Random, name: string) => void;

/** A writer of functions with the machine's few instructions. */
export interface BodyWriter {
  readonly writer: FunctionWriter;
  readonly machine: Machine;
}

export function dynamicLink(random: Random, architecture: ArchitectureName, write: DynamicBody): Link {
  const machine = machineOf(architecture);
  return {
    style: dynamicStyle(random, architecture),
    write(writer, next, own, name) {
      writer.prologue();
      writer.overwrite();
      write({ writer, machine }, next, own, name);
      writer.epilogue();
      writer.ret();
    },
  };
}

/** Work, a call where there is somebody to call, and work again. */
export function bodyOf(writer: FunctionWriter, next: string | undefined, random: Random): void {
  writer.work(random.between(1, 3));
  if (next !== undefined) writer.call(next);
  writer.work(random.between(1, 3));
}
