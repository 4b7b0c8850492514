import type { Log, ReportingDescriptor, Result } from 'sarif';

/** A kind of finding, as a rule of SARIF. */
export interface SarifRule {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly title: string;
  readonly about: string;
}

/** One finding in a file. */
export interface SarifFinding {
  readonly rule: string;
  readonly message: string;
  readonly file: string;
  readonly section?: string | undefined;
  /** Bytes from the section's start. */
  readonly offset?: number | undefined;
  /** Of the code it concerns, hexadecimal, as in the file. */
  readonly address?: string | undefined;
  readonly function?: string | undefined;
  readonly fingerprint: string;
  /** Whether a baseline knows it; absent without one. */
  readonly baselineState?: 'new' | 'unchanged' | undefined;
}

/** The name under which fingerprints are known; another way to make them has another number. */
export const fingerprintName = 'plumbline/v1';

/** A log of one run of a command (SARIF 2.1.0, OASIS Standard, 27 March 2020). */
export function sarifLog(version: string, rules: readonly SarifRule[], findings: readonly SarifFinding[]): Log {
  return {
    version: '2.1.0',
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    runs: [
      {
        tool: { driver: { name: 'Plumbline', version, rules: rules.map(descriptorOf) } },
        results: findings.map((finding) => resultOf(finding, rules)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
}

function descriptorOf({ id, severity, title, about }: SarifRule): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: about },
    help: { text: `${about} See ${id} in FINDINGS.md.` },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: SarifFinding, rules: readonly SarifRule[]): Result {
  const ruleIndex = rules.findIndex(({ id }) => id === finding.rule);
  const { function: name, section, address, baselineState } = finding;
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: rules[ruleIndex]!.severity,
    message: { text: finding.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.file) },
          ...(address !== undefined && { address: addressOf(address) }),
        },
        ...(name !== undefined && name !== '' && { logicalLocations: [{ name, kind: 'function' }] }),
      },
    ],
    partialFingerprints: { [fingerprintName]: finding.fingerprint },
    ...(baselineState !== undefined && { baselineState }),
    properties: {
      ...(section !== undefined && section !== '' && { section }),
      ...(finding.offset !== undefined && { sectionOffset: finding.offset }),
      ...(address !== undefined && { address }),
    },
  };
}

/** SARIF's addresses are JSON numbers: one they cannot hold is only named. */
function addressOf(address: string) {
  const number = Number(address);
  return {
    ...(Number.isSafeInteger(number) && { absoluteAddress: number }),
    name: address,
  };
}
