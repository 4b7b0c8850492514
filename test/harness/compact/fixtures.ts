import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ArchitectureName, buildFunctionTable, type Encoding, readElf } from '../../../engine/index.ts';
import { openCompactModule } from '../../../harness/compact/compact-module.ts';

const folder = fileURLToPath(new URL('../../fixtures/binaries', import.meta.url));

/** The compiled programs and objects of an architecture. */
export function fixtureNames(architecture: ArchitectureName): string[] {
  return readdirSync(join(folder, architecture)).sort();
}

/** Path of a compiled fixture. */
export function fixturePath(architecture: ArchitectureName, name: string): string {
  return join(folder, architecture, name);
}

/** A compiled fixture, opened for encoding. */
export function fixture(architecture: ArchitectureName, name: string) {
  const bytes = Uint8Array.from(readFileSync(fixturePath(architecture, name)));
  const elf = readElf(bytes);
  const module = openCompactModule(elf);
  if (module === undefined) throw new Error(`${name} has no .eh_frame`);
  return { bytes, elf, module };
}

/** What an encoding makes of a module, opened. */
export function encoded(encoding: Encoding, { module }: ReturnType<typeof fixture>) {
  const { frames, source, code, address } = module;
  const functions = buildFunctionTable(frames, { source, code });
  const made = encoding.encode({ functions, frames, address });
  return { made, opened: encoding.open(made.sections, functions.architecture) };
}
