import { describeError } from '../describe-error.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import type { CaseExplanation } from '../record/index.ts';
import { AskingTrace } from '../runner/asking.ts';
import { serve } from '../runner/child-loop.ts';
import { loadChosen } from '../runner/load-chosen.ts';
import type { ProgramJob } from '../runner/plan.ts';
import type { SuiteSettings } from '../runner/suite-child.ts';
import { scenarioNamed, suiteScenarios } from '../runner/suite-scenarios.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { explainCase } from './explain-case.ts';

/** What of a run's settings an explanation needs. */
export type ExplainSettings = Pick<SuiteSettings, 'seed' | 'unwinders' | 'modules'>;

export interface ExplainJob extends ProgramJob {
  readonly run?: number;
  readonly stop?: number;
  /** Hexadecimal. */
  readonly pc?: string;
  /** The unwinder is not to be asked, since it gives no answer there; says why. */
  readonly unanswered?: string;
}

/** `nothing`: the program has no such stop. */
export type ExplainResult =
  | { readonly explanation: CaseExplanation }
  | { readonly nothing: true }
  | { readonly problem: string };

serve<ExplainSettings, ExplainJob, null, ExplainResult>(async ({ seed, unwinders, modules }) => {
  const emulators = unicornFactory();
  const loaded = await loadChosen(unwinders, modules);
  return {
    about: null,
    work({ architecture, scenario, index, run, stop, pc, unanswered }, trace) {
      if ('problem' in loaded) return loaded;
      try {
        const program = scenarioNamed(suiteScenarios(), scenario)!.generate(architecture, index, seed);
        const choice = {
          ...(run !== undefined && { run }),
          ...(stop !== undefined && { stop }),
          ...(pc !== undefined && { pc: BigInt(pc) }),
        };
        const [chosen] = loaded.unwinders;
        const unwinder = unanswered === undefined ? chosen! : silent(chosen!, unanswered);
        const explanation = explainCase(program, unwinder, choice, emulators, new AskingTrace(trace));
        return explanation === undefined ? { nothing: true } : { explanation };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});

/** Stands for an unwinder that gives no answer. */
function silent({ name, description, lacks }: Unwinder, why: string): Unwinder {
  const unwind = () => {
    throw why;
  };
  return { name, description, lacks, open: () => ({ unwind }) };
}
