/** The system calls of one architecture: number → name. */
export type SystemCallNumbers = ReadonlyMap<number, string>;

/** Numbers names, given runs of a first number and the names from it on. */
export function systemCallNumbers(runs: readonly (readonly [number, string])[]): SystemCallNumbers {
  return new Map(
    runs.flatMap(([first, names]) => names.split(/\s+/).map((name, i): [number, string] => [first + i, name])),
  );
}
