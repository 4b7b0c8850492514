import { type FrameStyle, plainStyle } from '../../function/style.ts';
import {
  callSteps,
  type End,
  type EndKind,
  endCalls,
  endKinds,
  type Recipe,
  type RecipeFunction,
  type Step,
  type StepKind,
  stepKinds,
} from './recipe.ts';

/** A text is no recipe. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

/** More of anything is no random program but a mistake. */
const limits = { text: 8192, functions: 32, steps: 64, signals: 256, fuel: 1000, instructions: 1000, number: 0xffff };
const styleLimits = { saved: 10, locals: 0x2000, vectors: 8 };
/** Steps whose number is one of instructions. */
const long: ReadonlySet<StepKind> = new Set(['work', 'cold']);
const numbered: ReadonlySet<StepKind> = new Set([...callSteps, 'work', 'cold', 'push', 'push-anew']);

/**
 * A recipe as one word that no shell takes apart: functions joined by `+`, their parts by `.`, such as
 * `id3.saved2.enter.clobber.call1.ret+id4.work1.ret`.
 */
export function formatRecipe({ functions, handler, signals, fuel }: Recipe): string {
  return [
    ...functions.map(formatFunction),
    ...(handler === undefined ? [] : [`handler.${formatFunction(handler)}`]),
    ...signals.map((signal) => `signal${signal}`),
    ...(fuel === 0 ? [] : [`fuel${fuel}`]),
  ].join('+');
}

function formatFunction({ id, style, spelling, steps, end }: RecipeFunction): string {
  return [
    `id${id}`,
    ...formatStyle(style),
    ...(spelling === 'plain' ? [] : [spelling]),
    ...steps.map(({ kind, value }) => (numbered.has(kind) ? `${kind}${value}` : kind)),
    endCalls(end) ? `${end.kind}${end.value}` : end.kind,
  ].join('.');
}

function formatStyle(style: FrameStyle): string[] {
  return [
    ...(style.saved > 0 ? [`saved${style.saved}`] : []),
    ...(style.order === 'llvm' ? ['llvm'] : []),
    ...(style.framePointer ? ['fp'] : []),
    ...(style.saves === 'store' ? ['store'] : []),
    ...(style.locals > 0 ? [`locals${style.locals}`] : []),
    ...(style.landingPad ? ['pad'] : []),
    ...(style.sign === undefined ? [] : [`key-${style.sign}`]),
    ...(style.vectors > 0 ? [`vectors${style.vectors}`] : []),
    ...(style.probes ? ['probes'] : []),
    ...(style.scheduled ? ['scheduled'] : []),
    ...(style.leaf ? ['leaf'] : []),
    ...(style.restores === 'implied' ? ['implied'] : []),
  ];
}

/** The opposite of `formatRecipe`; throws a `RecipeError` that names the offending part. */
export function parseRecipe(text: string): Recipe {
  if (text.length > limits.text) throw new RecipeError(`a recipe of ${text.length} characters, at most ${limits.text}`);
  const functions: RecipeFunction[] = [];
  const signals: number[] = [];
  let handler: RecipeFunction | undefined;
  let fuel = 0;
  for (const part of text.split('+')) {
    const single = /^(signal|fuel)(\d+)$/.exec(part);
    if (single?.[1] === 'signal') signals.push(bounded(part, single[2]!, limits.number));
    else if (single !== null) fuel = bounded(part, single[2]!, limits.fuel);
    else if (part.startsWith('handler.')) handler = parseFunction(part.slice('handler.'.length));
    else functions.push(parseFunction(part));
  }
  if (functions.length === 0) throw new RecipeError('a recipe needs a function');
  if (functions.length > limits.functions || signals.length > limits.signals) {
    throw new RecipeError(`at most ${limits.functions} functions and ${limits.signals} signals`);
  }
  return { functions, ...(handler === undefined ? {} : { handler }), signals, fuel };
}

function parseFunction(text: string): RecipeFunction {
  const words = text.split('.');
  const last = words.pop()!;
  const end = parseEnd(last);
  let id = 0;
  let style: FrameStyle = plainStyle;
  let spelling: RecipeFunction['spelling'] = 'plain';
  const steps: Step[] = [];
  for (const word of words) {
    const [, name = '', digits = ''] = /^([a-z-]+?)(\d*)$/.exec(word) ?? [];
    const kind = stepKinds.find((one) => one === name);
    if (kind !== undefined && (digits !== '') === numbered.has(kind)) {
      const most = long.has(kind) ? limits.instructions : limits.number;
      steps.push({ kind, value: digits === '' ? 0 : bounded(word, digits, most) });
    } else if (name === 'id' && digits !== '') id = bounded(word, digits, limits.number);
    else if (word === 'expressions' || word === 'cfa-expressions') spelling = word;
    else style = { ...style, ...parseStyle(word, name, digits) };
  }
  if (steps.length > limits.steps)
    throw new RecipeError(`a function of ${steps.length} steps, at most ${limits.steps}`);
  return { id, style, spelling, steps, end };
}

function parseEnd(word: string): End {
  const [, name = '', digits = ''] = /^([a-z]+)(\d*)$/.exec(word) ?? [];
  const kind: EndKind | undefined = endKinds.find((one) => one === name);
  const end =
    kind === undefined ? undefined : { kind, value: digits === '' ? 0 : bounded(word, digits, limits.number) };
  if (end === undefined || endCalls(end) !== (digits !== '')) {
    throw new RecipeError(`a function ends with ${endKinds.join(', ')}, not with "${word}"`);
  }
  return end;
}

function parseStyle(word: string, name: string, digits: string): Partial<FrameStyle> {
  switch (word) {
    case 'llvm':
      return { order: 'llvm' };
    case 'fp':
      return { framePointer: true };
    case 'store':
      return { saves: 'store' };
    case 'pad':
      return { landingPad: true };
    case 'key-a':
      return { sign: 'a' };
    case 'key-b':
      return { sign: 'b' };
    case 'probes':
      return { probes: true };
    case 'scheduled':
      return { scheduled: true };
    case 'leaf':
      return { leaf: true };
    case 'implied':
      return { restores: 'implied' };
  }
  if (digits === '') throw new RecipeError(`"${word}" is no part of a function`);
  if (name === 'saved') return { saved: bounded(word, digits, styleLimits.saved) };
  if (name === 'vectors') return { vectors: bounded(word, digits, styleLimits.vectors) };
  if (name === 'locals') return { locals: bounded(word, digits, styleLimits.locals) & ~15 };
  throw new RecipeError(`"${word}" is no part of a function`);
}

function bounded(word: string, digits: string, most: number): number {
  const number = Number(digits);
  if (number > most) throw new RecipeError(`"${word}": at most ${most}`);
  return number;
}
