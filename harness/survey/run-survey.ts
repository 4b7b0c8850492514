import { fileURLToPath } from 'node:url';
import { Attributors, type LoadedFile } from '../exec/index.ts';
import type { ExportedFunction } from '../loader/process/loaded-process.ts';
import type { SurveyFinal, SurveyFindings, SurveyFunction, SurveyHeader } from '../record/survey.ts';
import { runInChildren } from '../runner/pool.ts';
import type { Journal } from './journal.ts';
import type { SurveyAbout, SurveyAnswer, SurveyJob, SurveySettings } from './result.ts';
import { type CalledFunction, surveyFindings } from './survey-findings.ts';
import { surveyTotals } from './totals.ts';

/** Milliseconds without an answer after which a child is killed; far above what the calls of a function take. */
const backstop = 300_000;

export interface SurveyOptions {
  readonly settings: SurveySettings;
  readonly loaded: LoadedFile;
  readonly functions: readonly ExportedFunction[];
  readonly jobs: number;
  readonly header: Omit<SurveyHeader, 'versions' | 'notes'> & { readonly plumbline: string };
  readonly journal?: Journal;
  onProgress?(done: number, of: number, stops: number): void;
}

/** A survey's record, in order. */
export interface SurveyRecord {
  readonly header: SurveyHeader;
  readonly functions: readonly SurveyFunction[];
  readonly findings: SurveyFindings;
  readonly final: SurveyFinal;
}

/**
 * Calls functions of a file in child processes and attributes what fails. The record is the same for any number of
 * children, and whether it was made at once or not, but for what stands under `timing`.
 */
export async function runSurvey(options: SurveyOptions): Promise<SurveyRecord> {
  const { settings, loaded, functions, journal, onProgress } = options;
  const start = performance.now();
  const numbers = new Map(loaded.process!.functions.map((one, number) => [one, number]));
  const answers = new Map<string, SurveyAnswer>(journal?.answers);
  const todo = functions.filter((one) => !answers.has(keyOf(one)));
  let done = functions.length - todo.length;
  let stops = 0;
  const module = fileURLToPath(new URL('survey-child.js', import.meta.url));
  const about = await runInChildren<SurveySettings, SurveyJob, SurveyAbout, SurveyAnswer>(
    { module, children: options.jobs, settings, backstop },
    todo.map((one) => ({
      name: one.name,
      address: `0x${one.address.toString(16)}`,
      size: one.size > 0xffff_ffffn ? 0 : Number(one.size),
      isIndirect: one.isIndirect,
      number: numbers.get(one)!,
    })),
    (number, outcome) => {
      const key = keyOf(todo[number]!);
      const answer: SurveyAnswer = 'died' in outcome ? outcome : outcome.result;
      answers.set(key, answer);
      journal?.add(key, answer);
      if ('result' in answer) stops += answer.result.calls.reduce((sum, call) => sum + call.stops, 0);
      onProgress?.(++done, functions.length, stops);
    },
  );
  if (about !== undefined) journal?.note(about);
  const { emulator, notes } = about ?? journal?.about ?? { emulator: '', notes: [] };
  const attributors = new Attributors(loaded.image, loaded.elf);
  const { loadBias } = loaded.image.modules[0]!;
  const called = [...functions].sort(inOrder).map((one) => {
    const answer = answers.get(keyOf(one))!;
    const failures = 'result' in answer ? answer.result.failures : [];
    return {
      ...one,
      answer,
      result: 'result' in answer ? answer.result : undefined,
      failures: failures.map((failure) => ({ ...failure, ...attributors.attribute(failure) })),
    };
  });
  const records = called.map((one) => recordOf(one, loadBias));
  const { plumbline, ...header } = options.header;
  const seconds = (performance.now() - start) / 1000;
  return {
    header: { ...header, versions: { plumbline, emulator }, notes: [...notes] },
    functions: records,
    findings: surveyFindings(loaded.image, called, attributors),
    final: { ...surveyTotals(records), timing: { seconds, jobs: options.jobs } },
  };
}

const keyOf = ({ name, address }: ExportedFunction): string => `${name}@0x${address.toString(16)}`;

/** By name and address. */
function inOrder(a: ExportedFunction, b: ExportedFunction): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

function recordOf(
  { name, address, answer, failures }: ExportedFunction & CalledFunction & { readonly answer: SurveyAnswer },
  loadBias: bigint,
): SurveyFunction {
  const place = {
    kind: 'function' as const,
    name,
    address: `0x${BigInt.asUintN(64, address - loadBias).toString(16)}`,
  };
  if (!('result' in answer)) {
    const problem = 'died' in answer ? `the process that called it died: ${answer.died}` : answer.problem;
    return { ...place, problem, calls: [], unwinders: [], failures: [] };
  }
  const { calls, coverage, unwinders } = answer.result;
  return {
    ...place,
    calls: calls.map((call) => ({ ...call, arguments: [...call.arguments] })),
    ...(coverage !== undefined && { coverage }),
    unwinders: [...unwinders],
    failures: failures.map((failure) => ({ ...failure })),
  };
}
