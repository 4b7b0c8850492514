import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type FrameStyle, plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import type { End, Recipe, RecipeFunction, Step, StepKind } from './recipe.ts';

/** How likely the parts of a random recipe are, 0 to 1 unless it says otherwise. */
export interface Taste {
  /** Functions: from, to. */
  readonly functions: readonly [low: number, high: number];
  /** Expressions instead of plain offsets. */
  readonly expressions: number;
  /** Directives that change nothing, per place. */
  readonly sayings: number;
  /** Conditional returns, detours and diversions, per place. */
  readonly branches: number;
  /** A call of a function that may be running already. */
  readonly recursion: number;
  /** How often each of these calls, from and to. */
  readonly fuel: readonly [low: number, high: number];
  /** Pointer authentication, on AArch64. */
  readonly signing: number;
  /** Signals in a program; 0 for none. */
  readonly signals: number;
  /** Large frames. */
  readonly large: number;
}

/** A style of whatever compilers do. */
export function randomStyle(random: Random, architecture: ArchitectureName, { signing, large }: Taste): FrameStyle {
  const style: FrameStyle = {
    ...plainStyle,
    saved: random.below(architecture === 'aarch64' ? 11 : 7),
    order: random.pick(['gcc', 'llvm']),
    framePointer: random.chance(0.4),
    saves: random.pick(['push', 'store']),
    locals: random.chance(large) ? 16 * random.between(0x100, 0x180) : 16 * random.below(16),
    probes: random.chance(0.5),
    landingPad: random.chance(0.3),
    leaf: random.chance(0.6),
    restores: random.pick(['stated', 'implied']),
    ...(random.chance(0.3) ? { scheduled: true } : {}),
  };
  if (architecture === 'x86-64') return style;
  const vectors = random.chance(0.3) ? random.between(1, 8) : 0;
  return { ...style, vectors, ...(random.chance(signing) ? { sign: random.pick(['a', 'b'] as const) } : {}) };
}

const sayings: readonly StepKind[] = [
  'say-sp',
  'say-sp-expression',
  'say-same',
  'say-arguments',
  'say-nop',
  'say-state',
];

/** A recipe at random; its last function does not return, for others to divert to. */
export function inventRecipe(random: Random, architecture: ArchitectureName, taste: Taste): Recipe {
  const count = random.between(...taste.functions);
  const lasting = random.chance(taste.branches);
  const functions = Array.from({ length: count }, (_, index) =>
    inventFunction(random.derive(index), architecture, taste, { index, count, lasting }),
  );
  const handler = inventFunction(random.derive('handler'), architecture, taste, { index: 0, count: 1, lasting: false });
  return {
    functions,
    ...(taste.signals > 0 ? { handler } : {}),
    signals: Array.from({ length: taste.signals }, () => random.below(1000)),
    fuel: taste.recursion > 0 ? random.between(...taste.fuel) : 0,
  };
}

/** Where a function stands among the others. */
interface Position {
  readonly index: number;
  readonly count: number;
  /** The last but one ends in a call of the last, which does not return. */
  readonly lasting: boolean;
}

function inventFunction(
  random: Random,
  architecture: ArchitectureName,
  taste: Taste,
  { index, count, lasting }: Position,
): RecipeFunction {
  const steps: Step[] = [];
  const exits = count - 1;
  /** Those from here on do not return. */
  const lost = lasting ? exits - 1 : exits;
  const add = (kind: StepKind, value = 0) => steps.push({ kind, value });
  const place = () => {
    if (random.chance(taste.sayings)) add(random.pick(sayings));
    if (random.chance(taste.branches)) {
      const kind = random.pick(['return', 'return', 'return-anew', 'cold', 'divert', 'push', 'push-anew'] as const);
      if (kind === 'divert') add(kind, random.between(lost, exits));
      else if (kind === 'cold') add(kind, random.between(1, 3));
      else if (kind === 'push' || kind === 'push-anew') add(kind, 16 * random.between(1, 8));
      else add(kind);
    }
    add('work', random.between(1, 3));
  };
  place();
  // Behind the call at its end, there is code with another row then.
  if (index === lost && index < exits) add('divert', exits);
  add('enter');
  if (random.chance(0.9)) add('clobber');
  place();
  // Two calls now and then: diamonds come about by themselves.
  const calls = index + 1 >= lost ? 0 : random.chance(0.4) ? 2 : 1;
  for (let i = 0; i < calls; i++) {
    add(random.pick(['call', 'call', 'point']), i === 0 ? index + 1 : random.between(index + 1, lost - 1));
    place();
  }
  if (index < lost && random.chance(taste.recursion)) {
    add('recur', index === 0 ? 0 : random.between(1, index));
    place();
  }
  return {
    id: random.below(10_000),
    style: randomStyle(random, architecture, taste),
    spelling: random.chance(taste.expressions) ? random.pick(['expressions', 'cfa-expressions']) : 'plain',
    steps,
    end: inventEnd(random, index, lost, exits),
  };
}

function inventEnd(random: Random, index: number, lost: number, exits: number): End {
  if (index === exits) return { kind: 'exit', value: 0 };
  if (index === lost) return { kind: 'last', value: exits };
  if (index + 1 < lost && random.chance(0.2)) return { kind: 'tail', value: random.between(index + 1, lost - 1) };
  return { kind: 'ret', value: 0 };
}
