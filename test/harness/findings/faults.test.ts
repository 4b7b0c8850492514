import { describe, expect, it } from 'vitest';
import type { ProposedChange } from '../../../harness/findings/finding.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { architectures, variantsOf } from '../../fixtures/cfi/variants.mjs';
import { executeObject, wrongBytes } from './faults.ts';

/** Directives that are written for the same thing: relative or absolute, and with or without leading zeros. */
function purpose(directive: string): string {
  return directive
    .replace(/^\.cfi_(adjust|def)_cfa_offset .*/, 'CFA offset')
    .replace(/^\.cfi_(rel_)?offset (\S+), .*/, 'slot of $2')
    .replace(/0x0?(?=[0-9a-f])/g, '');
}

const actions = { drop: ['add'], late: ['move'], early: ['move'], replace: ['replace', 'add'] } as const;

for (const architecture of architectures) {
  const blame = findTool('readelf', architecture) === undefined ? 'unknown' : 'producer';

  describe(`hand-written functions for ${architecture}`, () => {
    const right = executeObject(architecture, 'right');
    const variants = variantsOf(architecture);

    it('give no finding as they are', () => {
      expect(right.report).toMatchObject({ passed: true, outcome: 'finished', failures: [], findings: [] });
    });

    it('are tested with more than twenty faults', () => {
      expect(variants.filter(({ fault }) => fault === 'drop').length).toBeGreaterThan(20);
    });

    it.each(variants)('with $function: $right $fault $wrong give one finding that mends it', (variant) => {
      const faulty = executeObject(architecture, variant.name);
      expect(wrongBytes(right, faulty, variant.function, false)).toBeGreaterThan(0);
      expect(faulty.report.findings).toHaveLength(1);
      const [finding] = faulty.report.findings;
      expect(finding).toMatchObject({ function: variant.function, blame });
      expect(finding!.changes).toHaveLength(1);
      const [{ action, directive, instead }] = finding!.changes as [ProposedChange];
      expect(actions[variant.fault]).toContain(action);
      if (variant.fault === 'drop') expect(purpose(directive!)).toBe(purpose(variant.right));
      if (action === 'replace') expect(purpose(instead!)).toBe(purpose(variant.wrong!));
      expect(wrongBytes(right, faulty, variant.function, true)).toBe(0);
    });
  });
}
