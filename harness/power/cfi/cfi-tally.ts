import type { CfiPower } from '../../record/power.ts';
import type { ProgramJob } from '../../runner/plan.ts';
import type { CfiResult } from './cfi-child.ts';
import type { JudgedMutant } from './judge-mutants.ts';

/** Missed faults that are named. */
const named = 20;

/** Counts of faults of one kind. */
class Counts {
  caught = 0;
  missed = 0;
  equivalent = 0;
  unwritable = 0;

  add({ outcome }: JudgedMutant): void {
    this[outcome]++;
  }

  values() {
    const { caught, missed, equivalent, unwritable } = this;
    return { caught, missed, equivalent, unwritable };
  }
}

/** Adds up what became of the faults of many programs. */
export class CfiTally {
  readonly #all = new Counts();
  readonly #operators: Map<string, Counts>;
  readonly #groups = new Map<string, Counts>();
  readonly #missed: { program: string; message: string }[] = [];
  readonly #problems: { program: string; message: string }[] = [];
  readonly #unsayable = new Map<string, number>();
  #programs = 0;

  constructor(operators: readonly string[]) {
    this.#operators = new Map(operators.map((operator) => [operator, new Counts()]));
  }

  add({ architecture, scenario, index }: ProgramJob, result: CfiResult): void {
    const program = `${scenario}#${index} ${architecture}`;
    if ('problem' in result) this.#problems.push({ program, message: result.problem });
    else if ('unsayable' in result) {
      this.#unsayable.set(result.unsayable, (this.#unsayable.get(result.unsayable) ?? 0) + 1);
    } else {
      this.#programs++;
      const group = scenario.split('/')[0]!;
      let counts = this.#groups.get(group);
      if (counts === undefined) {
        counts = new Counts();
        this.#groups.set(group, counts);
      }
      for (const mutant of result.mutants) {
        for (const one of [this.#all, counts, this.#operators.get(mutant.operator)]) one?.add(mutant);
        if (mutant.message !== undefined && this.#missed.length < named) {
          this.#missed.push({ program, message: mutant.message });
        }
      }
    }
  }

  report(): CfiPower {
    const { caught, missed } = this.#all;
    const list = (counts: Map<string, Counts>) =>
      Array.from(counts, ([name, one]) => ({ name, ...one.values() })).filter(
        (one) => one.caught + one.missed + one.equivalent + one.unwritable > 0,
      );
    return {
      programs: this.#programs,
      ...this.#all.values(),
      share: caught + missed === 0 ? 0 : caught / (caught + missed),
      operators: list(this.#operators),
      groups: list(this.#groups),
      missedExamples: this.#missed,
      problems: this.#problems,
      unsayable: Array.from(this.#unsayable, ([reason, programs]) => ({ reason, programs })),
    };
  }
}
