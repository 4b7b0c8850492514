import { describe, expect, it } from 'vitest';
import { nodeVersionProblem } from '../../../harness/setup/node-version.js';

describe('nodeVersionProblem()', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '22.21.1', '23.0.0', '24.1.0', '26.0.0'])('accepts %s', (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });

  it.each(['12.22.0', '18.20.4', '19.9.0', '20.18.3', '21.7.3', '22.11.0', 'unknown'])('refuses %s', (version) => {
    expect(nodeVersionProblem(version)).toContain(version);
  });
});
