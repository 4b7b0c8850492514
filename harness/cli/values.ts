import { InvalidArgumentError } from 'commander';
import type { ArchitectureName } from '../../engine/index.ts';

/** A whole number from 0 on. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('expected a whole number.');
  return number;
}

/** A whole number from 1 on. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text);
  if (number < 1) throw new InvalidArgumentError('expected a number from 1 on.');
  return number;
}

/** A number of processes. */
export function jobCount(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 1024) throw new InvalidArgumentError('expected a number from 1 to 1024.');
  return number;
}

/** Seconds in which an unwinder must answer, where nothing else is said. */
export const defaultTimeout = 120;

/** A time in which a process must answer; setTimeout has no more than 31 bits of milliseconds. */
export function secondCount(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 1_000_000) throw new InvalidArgumentError('expected a number from 1 to 1000000.');
  return number;
}

/** A seed: an unsigned 64-bit number, written without leading zeros so that equal seeds are equal texts. */
export function seedText(text: string): string {
  if (!/^\d+$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new InvalidArgumentError('expected a number from 0 to 2^64 - 1.');
  }
  return BigInt(text).toString();
}

export function architectureName(text: string): ArchitectureName {
  if (text !== 'x86-64' && text !== 'aarch64') throw new InvalidArgumentError('expected x86-64 or aarch64.');
  return text;
}
