import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ArchitectureName } from '../../engine/index.ts';

/** A list of compiled programs that cannot be used; names the file and what is wrong with it. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
  }
}

/** An address in a file, hexadecimal. */
const address = z.string().regex(/^0x[0-9a-f]{1,16}$/);

const manifest = z.object({
  /** Program → first line of its `--version`. */
  versions: z.record(z.string(), z.string()),
  binaries: z.array(
    z.object({
      /** Under the manifest's folder. */
      path: z.string().regex(/^binaries\/(x86-64|aarch64)\/[\w+-][\w+.-]*$/),
      architecture: z.enum(['x86-64', 'aarch64']),
      compiler: z.string().regex(/^[a-z]+\d+$/),
      kind: z.enum(['executable', 'pie', 'object']),
      flags: z.array(z.string()),
      /** What it was made with, the compiler first: keys of `versions`. */
      programs: z.array(z.string()).min(1),
      /** `_start` is entered as the kernel enters it, `main` is called. */
      entry: z.enum(['_start', 'main']),
      exitStatus: z.int().min(0).max(255),
    }),
  ),
});

/** The rows of compiled programs that are known to be wrong. */
export const faultList = z.strictObject({
  /** What compilers do wrong, by name. */
  kinds: z.record(z.string(), z.strictObject({ what: z.string(), evidence: z.string() })),
  faults: z.array(
    z.strictObject({
      /** A binary's path. */
      fixture: z.string(),
      function: z.string(),
      /** As reports print it. */
      row: z.string(),
      /** Where it contradicts the execution. */
      pcs: z.array(address).min(1),
      /** Key in `kinds`. */
      kind: z.string(),
    }),
  ),
});

export type CompiledBinary = z.infer<typeof manifest>['binaries'][number];
export type ListedFault = z.infer<typeof faultList>['faults'][number];

/** The compiled programs of a folder, with the rows of theirs that are known to be wrong. */
export interface CompiledPrograms {
  readonly folder: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly binaries: readonly CompiledBinary[];
  /** By the path of the binary; those without any are left out. */
  readonly faults: ReadonlyMap<string, readonly ListedFault[]>;
}

/** Names of the two files that describe the programs of a folder. */
export const manifestFile = 'manifest.json';
const faultsFile = 'producer-faults.json';

/**
 * Reads the manifest of a folder and the list of known faults beside it; undefined where there is no manifest. Throws
 * `ManifestError` where either has another shape, or names what the other or the folder does not have.
 */
export function readCompiledPrograms(folder: string): CompiledPrograms | undefined {
  if (!existsSync(join(folder, manifestFile))) return undefined;
  const { versions, binaries } = read(folder, manifestFile, manifest);
  const { kinds, faults } = read(folder, faultsFile, faultList);
  const file = join(folder, faultsFile);
  const byBinary = new Map<string, ListedFault[]>();
  for (const fault of faults) {
    if (!binaries.some(({ path }) => path === fault.fixture)) {
      throw new ManifestError(file, `${fault.fixture} is not in ${manifestFile}`);
    }
    if (!Object.hasOwn(kinds, fault.kind)) throw new ManifestError(file, `there is no kind ${fault.kind}`);
    byBinary.set(fault.fixture, [...(byBinary.get(fault.fixture) ?? []), fault]);
  }
  return { folder, versions, binaries, faults: byBinary };
}

/** The architectures of some binaries, in the order in which the suite runs them. */
export function architecturesOf(binaries: readonly CompiledBinary[]): ArchitectureName[] {
  const all: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
  return all.filter((name) => binaries.some(({ architecture }) => architecture === name));
}

function read<T>(folder: string, name: string, shape: z.ZodType<T>): T {
  const file = join(folder, name);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ManifestError(file, error instanceof SyntaxError ? 'is not JSON' : 'cannot be read');
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ManifestError(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'has another shape'}`);
}
