import { type ElfFile, ET_REL, readElf } from '../../engine/index.ts';
import { fingerprints, withoutAddresses } from '../findings/fingerprint.ts';
import { loadImage } from '../loader/index.ts';
import type { CheckFile, CheckFinding } from '../record/check.ts';
import { checkFile } from './check-file.ts';
import { FunctionNames } from './function-names.ts';
import { hex } from './hex.ts';
import { kindsOfFindings } from './kinds.ts';

/**
 * Checks the bytes of a file and says what was found as records do; `mostKept`: findings of a kind kept. Throws `UnwindError`
 * as `checkFile` does.
 */
export function recordFile(file: string, bytes: Uint8Array, mostKept?: number): CheckFile {
  const given = readElf(bytes);
  const isObject = given.type === ET_REL;
  const elf: ElfFile = isObject ? loadImage(bytes, { name: file }).modules[0]!.elf : given;
  const { findings, fdes } = checkFile(elf, { isObject, mostKept });
  const names = new FunctionNames(elf.symbols());
  const kinds: CheckFile['kinds'] = {};
  for (const [kind, count] of findings.counts) kinds[kind] = { ...kindsOfFindings[kind], count };
  return {
    file,
    architecture: elf.architecture.name,
    fdes: Object.fromEntries(fdes),
    kinds,
    findings: withFingerprints(
      findings.kept.map(({ kind, section, offset, address, message }) => {
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
    ),
  };
}

function withFingerprints(findings: readonly Omit<CheckFinding, 'fingerprint'>[]): CheckFinding[] {
  const made = fingerprints(
    findings.map(({ kind, section, function: name, message }) => ({
      kind,
      function: name ?? '',
      what: [section, withoutAddresses(message)],
    })),
  );
  return findings.map((finding, i) => ({ ...finding, fingerprint: made[i]! }));
}
