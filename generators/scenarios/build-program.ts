import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction } from '../assembly/index.ts';
import { selectorLabel } from '../function/writer.ts';
import { type LinkedProgram, type LinkOptions, linkProgram } from '../link/index.ts';

import type { Exchange, ExpectedRow, Feature, Library, Program, Run, WalkEnd } from '../program.ts';

import type { Placement } from './placement.ts';

/** What a scenario decides about a program; the rest follows. */
export interface ProgramPlan {
  readonly scenario: string;
  readonly needs: readonly Feature[];
  readonly architecture: ArchitectureName;
  readonly index: number;
  readonly seed: string;
  readonly placement: Placement;
  /** The first is the entry. */
  readonly functions: readonly CodeFunction[];
  /** Functions that never execute although an FDE covers them: padding, and what no emulator can execute. */
  readonly padding?: readonly string[];
  readonly link?: Partial<LinkOptions>;
  readonly libraries?: readonly Library[];
  exchanges?(linked: LinkedProgram): readonly Exchange[];
  /** The executions, once addresses are known. */
  runs(linked: LinkedProgram): readonly Run[];
  /** What must be read at addresses of code that is not executed, which `padding` names. */
  expectedRows?(linked: LinkedProgram): readonly ExpectedRow[];
  /** Where walks end before the outermost frame. */
  walkEnds?(linked: LinkedProgram): readonly WalkEnd[];
}

/** Links the plan's functions, with the selector variable, into a program. */
export function buildProgram(plan: ProgramPlan): Program {
  const { placement, architecture } = plan;
  const linked = linkProgram(plan.functions, {
    architecture,
    type: placement.type,
    textAddress: placement.textAddress,
    loadBias: placement.loadBias,
    ...(placement.dataAddress === undefined ? {} : { dataAddress: placement.dataAddress }),
    ...(placement.unwindAddress === undefined ? {} : { unwindAddress: placement.unwindAddress }),
    ...plan.link,
    data: [{ label: selectorLabel, bytes: new Uint8Array(8), writable: true }, ...(plan.link?.data ?? [])],
  });
  const walkEnds = plan.walkEnds?.(linked) ?? [];
  const unexecuted = new Set(plan.padding);
  const padding = linked.functions.filter(({ name }) => unexecuted.has(name));
  return {
    name: `${plan.scenario}#${plan.index}`,
    scenario: plan.scenario,
    architecture,
    seed: plan.seed,
    image: linked.image,
    loadBias: placement.loadBias,
    ...(plan.libraries === undefined ? {} : { libraries: plan.libraries }),
    ...(plan.exchanges === undefined ? {} : { exchanges: plan.exchanges(linked) }),
    stacks: placement.stacks,
    runs: plan.runs(linked),
    needs: plan.needs,
    ...(walkEnds.length === 0 ? {} : { walkEnds }),
    instructions: outside(linked.instructions, padding),
    paddingBytes: padding.reduce((sum, { start, end }) => sum + Number(end - start), linked.paddingBytes),
    frames: linked.frames,
    ...(plan.expectedRows === undefined ? {} : { expectedRows: plan.expectedRows(linked) }),
  };
}

/** Addresses that lie in none of the functions; both ascend. */
function outside(addresses: readonly bigint[], functions: LinkedProgram['functions']): bigint[] {
  let next = 0;
  return addresses.filter((at) => {
    while (next < functions.length && at >= functions[next]!.end) next++;
    return next === functions.length || at < functions[next]!.start;
  });
}

/** Address of a label; throws an Error where there is none. */
export function addressOf(linked: LinkedProgram, label: string): bigint {
  const address = linked.labels.get(label);
  if (address === undefined) throw new Error(`label ${label} is not defined`);
  return address;
}

/**
 * Runs that together take every branch both ways. Each of `functions` functions branches on `bits` selector bits of its
 * own; with none set, it calls the next one. Bits are tested from the lowest, the highest perhaps first: so each
 * function gets the values 1, 11, 111 … and the highest bit alone, while the others pass control on.
 */
export function selectorRuns(linked: LinkedProgram, entry: string, bits: number, functions: number): Run[] {
  const prefixes = Array.from({ length: bits }, (_, bit) => 2n ** BigInt(bit + 1) - 1n);
  const values = new Set(bits === 0 ? [] : [...prefixes, 1n << BigInt(bits - 1)]);
  const own = Array.from({ length: functions }, (_, i) => [...values].map((value) => value << BigInt(i * bits)));
  return [0n, ...own.flat()].map((selector) => ({
    entry: addressOf(linked, entry),
    start: 'call',
    arguments: [selector],
    signals: [],
  }));
}
