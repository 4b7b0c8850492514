import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { inTemporaryFolder } from './external.ts';

/** Prefix of the GNU tools' names for an architecture. */
export const toolPrefix = { 'x86-64': '', aarch64: 'aarch64-linux-gnu-' } as const;

/** One section of what GNU as makes of a source. Relocations are not applied. */
export function assembledSection(architecture: ArchitectureName, source: string, section: string): Uint8Array {
  return inTemporaryFolder((folder) => {
    const [text, object, binary] = ['in.s', 'in.o', 'out'].map((name) => join(folder, name));
    writeFileSync(text!, source);
    const prefix = toolPrefix[architecture];
    execFileSync(`${prefix}as`, ['-o', object!, text!], { stdio: ['ignore', 'ignore', 'pipe'] });
    // Sections that are not loaded would be left out of a binary.
    const keep = ['--set-section-flags', `${section}=alloc`];
    execFileSync(`${prefix}objcopy`, ['-O', 'binary', '-j', section, ...keep, object!, binary!]);
    return Uint8Array.from(readFileSync(binary!));
  });
}

/** The bytes of `.text` GNU as makes of a source. */
export function assembledText(architecture: ArchitectureName, source: string): Uint8Array {
  return assembledSection(architecture, source, '.text');
}
