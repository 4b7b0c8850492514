import { aarch64, x86_64 } from '../../../engine/index.ts';
import { kindOf } from './kind-of.ts';

const architectures = [x86_64, aarch64];
const namePattern = /^[a-z\d][a-z\d-]{0,39}$/;

/** Why a value cannot be an `Encoding`, to stand behind its name; undefined where it can. */
export function encodingProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return `is ${kindOf(value)}, expected an encoding, an array of encodings or a function that returns them`;
  }
  const { name, description, architectures: listed, encode, open } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    const found = typeof name === 'string' ? JSON.stringify(name) : kindOf(name);
    return `has no usable name: expected 1 to 40 lower-case letters, digits and dashes, found ${found}`;
  }
  const of = `(${name})`;
  if (typeof description !== 'string')
    return `${of} has no description: expected a string, found ${kindOf(description)}`;
  const known = architectures.map((architecture) => architecture.name).join(', ');
  if (!Array.isArray(listed) || listed.length === 0)
    return `${of} has no list of architectures: expected an array with some of ${known}, found ${kindOf(listed)}`;
  const unknown = listed.find((entry) => !architectures.some((architecture) => architecture.name === entry));
  if (unknown !== undefined) return `${of} is for the architecture ${String(unknown)}, which is none of ${known}`;
  if (typeof encode !== 'function') return `${of} has no method encode(input)`;
  if (typeof open !== 'function') return `${of} has no method open(sections, architecture)`;
  return undefined;
}
