import type { FailureLine, HeaderLine } from '../harness/record/index.ts';
import { isDeath } from '../harness/record/index.ts';

/** What of a record's header a replay needs. */
export type ReplayHeader = Pick<HeaderLine, 'seed' | 'mode' | 'unwinders' | 'timeout'>;

/** The command that runs just the example of a failure again. */
export function replayCommand(header: ReplayHeader, failure: FailureLine): string {
  const { program, run, stop } = failure.example;
  const words = [
    'npx plumbline run',
    `--scenario ${failure.scenario}`,
    `--program ${program}`,
    `--architecture ${failure.architecture}`,
    unwinderFlag(header, failure),
    `--seed ${header.seed}`,
    ...(header.mode === 'quick' ? ['--quick'] : []),
    ...(concernsProgram(failure) ? [] : [`--run ${run}`, `--stop ${stop}`]),
    ...timeoutFlag(header, failure),
  ];
  return words.join(' ');
}

/** The command that explains the example of a failure at length; undefined where it belongs to no stop. */
export function explainCommand(header: ReplayHeader, failure: FailureLine): string | undefined {
  if (concernsProgram(failure)) return undefined;
  const { program, run, stop } = failure.example;
  const words = [
    'npx plumbline explain',
    `${failure.scenario}#${program}`,
    `--architecture ${failure.architecture}`,
    unwinderFlag(header, failure),
    `--seed ${header.seed}`,
    `--run ${run} --stop ${stop}`,
    ...timeoutFlag(header, failure),
  ];
  return words.join(' ');
}

/**
 * Errors have no stop of their own unless the unwinder threw, hung or ended its process there; neither have rows of code
 * that is not executed.
 */
function concernsProgram({ verdict, divergence, example }: FailureLine): boolean {
  if (verdict !== 'error') return divergence === 'row';
  return divergence !== 'exception' && !(isDeath(divergence) && BigInt(example.pc) !== 0n);
}

/** Without it, who has hung after seconds is waited for for minutes. */
function timeoutFlag({ timeout }: ReplayHeader, { divergence }: FailureLine): string[] {
  return timeout !== undefined && isDeath(divergence) ? [`--timeout ${timeout}`] : [];
}

/** Its name, or the module it comes from, quoted where a shell would take it apart. */
function unwinderFlag(header: ReplayHeader, { unwinder }: FailureLine): string {
  const described = header.unwinders.find(({ name }) => name === unwinder);
  const argument = described?.module ?? unwinder;
  const quoted = /^[\w./@%+=:,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
  return `${described?.isEncoding ? '--encoding' : '--unwinder'} ${quoted}`;
}
