import { spawnSync } from 'node:child_process';
import type { ArchitectureName } from '../../engine/index.ts';
import type { Oracle } from './compare.ts';

const candidates: Readonly<Record<Oracle, (architecture: ArchitectureName) => readonly string[]>> = {
  // GNU readelf reads files of any machine; the cross one is tried for installations that have nothing else.
  readelf: (architecture) => ['readelf', `${architecture === 'aarch64' ? 'aarch64' : 'x86_64'}-linux-gnu-readelf`],
  'llvm-dwarfdump': () => ['llvm-dwarfdump', 'llvm-dwarfdump-14'],
};

/** An installed tool. */
export interface InstalledTool {
  readonly command: string;
  /** Such as `2.40` or `14.0.6`. */
  readonly version: string;
}

/** The first installed command that is the tool, or undefined where there is none. */
export function findTool(tool: Oracle, architecture: ArchitectureName): InstalledTool | undefined {
  for (const command of candidates[tool](architecture)) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status !== 0) continue;
    if (tool === 'readelf' && !stdout.startsWith('GNU readelf')) continue;
    return { command, version: /\d+\.\d+(?:\.\d+)*/.exec(stdout)?.[0] ?? '' };
  }
  return undefined;
}

/** What a tool prints about a file, behind it what it complains of. Throws where it cannot be run at all. */
export function toolOutput(command: string, options: readonly string[], file: string): string {
  const { stdout, stderr, error } = spawnSync(command, [...options, file], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (error !== undefined) throw error;
  return `${stdout}\n${stderr}`;
}
