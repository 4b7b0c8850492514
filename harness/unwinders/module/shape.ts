import { features } from '../../../generators/program.ts';
import { kindOf } from './kind-of.ts';

/** As names appear in tables and on command lines: no glob, no path, nothing to quote. */
const namePattern = /^[\w.+-]{1,40}$/;

/** Why a value cannot be an `Unwinder`, to stand behind its name; undefined where it can. */
export function shapeProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return `is ${kindOf(value)}, expected an unwinder, an array of unwinders or a function that returns them`;
  }
  const { name, description, lacks, open, applies, modules } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    const found = typeof name === 'string' ? JSON.stringify(name) : kindOf(name);
    return `has no usable name: expected 1 to 40 letters, digits, dots, dashes, pluses or underscores, found ${found}`;
  }
  const of = `(${name})`;
  if (typeof description !== 'string')
    return `${of} has no description: expected a string, found ${kindOf(description)}`;
  if (!Array.isArray(lacks)) return `${of} has no list of what it lacks: expected an array, found ${kindOf(lacks)}`;
  const known: readonly unknown[] = features;
  const unknown = lacks.find((feature) => !known.includes(feature));
  if (unknown !== undefined) return `${of} lacks ${String(unknown)}, which is none of ${features.join(', ')}`;
  if (typeof open !== 'function') return `${of} has no method open(image)`;
  for (const [method, found] of Object.entries({ applies, modules })) {
    if (found !== undefined && typeof found !== 'function') return `${of}: ${method} is ${kindOf(found)}, not a method`;
  }
  return undefined;
}
