import { afterEach, describe, expect, it, vi } from 'vitest';
import { startSteps } from '../../reports/terminal/index.ts';

describe('a progress bar', () => {
  const wasTerminal = process.stderr.isTTY;
  afterEach(() => {
    vi.restoreAllMocks();
    process.stderr.isTTY = wasTerminal;
  });

  it('takes nothing from the terminal that a signal would leave away: neither the cursor nor the wrapping', () => {
    process.stderr.isTTY = true;
    let written = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    const steps = startSteps();
    steps.update('a step', 1, 2);
    expect(written).toContain('50 % | a step');
    expect(written).not.toMatch(/\[\?(25|7)l/);
    steps.end();
  });
});
