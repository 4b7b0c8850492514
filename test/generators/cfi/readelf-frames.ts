import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { inTemporaryFolder } from '../../tools/external.ts';

/** readelf of an architecture; that of x86-64 decodes AArch64's files too, but not its register names. */
export const readelf = { 'x86-64': 'readelf', aarch64: 'aarch64-linux-gnu-readelf' } as const;

/** What readelf prints of an ELF file's CFI, warnings included. */
export function dumpedFrames(architecture: ArchitectureName, image: Uint8Array): string {
  return inTemporaryFolder((folder) => {
    const file = join(folder, 'image');
    writeFileSync(file, image);
    const command = `${readelf[architecture]} --wide --debug-dump=frames ${file} 2>&1`;
    return execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  });
}

/** The call frame instructions in a dump, of FDEs only. */
export function dumpedInstructions(dump: string): string[] {
  return dumpedPrograms(dump).flat();
}

/** The call frame instructions of each FDE in a dump. */
export function dumpedPrograms(dump: string): string[][] {
  const fdes = dump.split(/\n(?=[0-9a-f]{8} )/).filter((entry) => / FDE /.test(entry.split('\n')[0]!));
  return fdes.map((entry) => Array.from(entry.matchAll(/^ {2}(DW_CFA_\S.*)$/gm), (match) => match[1]!.trim()));
}
