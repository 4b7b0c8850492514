import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { Feature, Program } from '../program.ts';

/** `quick` is a sample for development, without what takes long; `full` is what the suite runs. */
export type ScenarioMode = 'quick' | 'full';

/** The group of a scenario, of its name: what stands before the stroke. */
export function groupOf(scenario: string): string {
  return scenario.slice(0, scenario.indexOf('/'));
}

/** A named class of programs. */
export interface Scenario {
  /** Group and name, such as `prologue/push`. */
  readonly name: string;
  /** One line: what is peculiar to these programs. */
  readonly description: string;
  /** A paragraph: what these programs do, what they demand of an unwinder, and what wrong ones do there. */
  readonly about?: string;
  /** Where the requirement comes from: a specification's section or a known bug. */
  readonly source: string;
  readonly architectures: readonly ArchitectureName[];
  /** What an unwinder must be able to do for it. */
  readonly needs: readonly Feature[];
  /** Number of programs an architecture. */
  count(mode: ScenarioMode): number;
  /** Program number `index` (from 0); the same arguments give the same bytes. */
  generate(architecture: ArchitectureName, index: number, seed: string): Program;
}
