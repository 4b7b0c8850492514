import { type ElfFile, readElf } from '../../engine/index.ts';
import type { CheckFile } from '../record/check.ts';
import { checkFile } from './check-file.ts';
import { FunctionNames } from './function-names.ts';
import { hex } from './hex.ts';
import { kindsOfFindings } from './kinds.ts';

/** Checks the bytes of a file and says what was found as records do. Throws `UnwindError` as `checkFile` does. */
export function recordFile(file: string, bytes: Uint8Array): CheckFile {
  const elf: ElfFile = readElf(bytes);
  const { findings, fdes } = checkFile(elf);
  const names = new FunctionNames(elf.symbols());
  const kinds: CheckFile['kinds'] = {};
  for (const [kind, count] of findings.counts) kinds[kind] = { ...kindsOfFindings[kind], count };
  return {
    file,
    architecture: elf.architecture.name,
    fdes: Object.fromEntries(fdes),
    kinds,
    findings: findings.kept.map(({ kind, section, offset, address, message }) => {
      const name = address === undefined ? undefined : names.at(address);
      return {
        kind,
        section,
        ...(offset !== undefined && { offset }),
        ...(address !== undefined && { address: hex(address) }),
        ...(name !== undefined && { function: name }),
        message,
      };
    }),
  };
}
