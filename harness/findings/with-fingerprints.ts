import type { LoadedImage } from '../loader/image.ts';
import { moduleLabel } from '../loader/module-at.ts';
import type { ExecFinding, NewFinding } from './finding.ts';
import { fingerprints, withoutAddresses } from './fingerprint.ts';

/** Gives findings of an image their fingerprints. */
export function withFingerprints(findings: readonly NewFinding[], image: LoadedImage): ExecFinding[] {
  const made = fingerprints(
    findings.map((finding) => ({
      kind: finding.kind,
      function: /^0x/.test(finding.function) ? placeInSection(finding, image) : finding.function,
      what: [
        ...(finding.module === moduleLabel(image.modules[0]!) ? [] : [finding.module]),
        finding.section,
        withoutAddresses(finding.row),
        ...finding.changes.map(({ action, directive = '', instead = '' }) => `${action} ${directive} ${instead}`),
      ],
    })),
  );
  return findings.map((finding, i) => ({ ...finding, fingerprint: made[i]! }));
}

/** Where code without a symbol is, such as `.text+0x10`. */
function placeInSection({ module, address, offset }: NewFinding, { modules }: LoadedImage): string {
  const start = BigInt(address) - BigInt(offset);
  for (const { elf } of modules.filter((one) => moduleLabel(one) === module)) {
    const section = elf.sections.find((one) => start >= one.address && start < one.address + BigInt(one.size));
    if (section !== undefined) return `${section.name}+0x${(start - section.address).toString(16)}`;
  }
  return address;
}
