import { expect, test } from 'vitest';
import { UnwindError } from '../../engine/index.ts';

test.each([
  [0, '.eh_frame+0x0: expected a length'],
  [0x1f, '.eh_frame+0x1f: expected a length'],
  [-1, '.eh_frame: expected a length'],
])('an error at offset %i names section, offset and expectation', (offset, message) => {
  const error = new UnwindError('invalid', '.eh_frame', offset, 'expected a length');
  expect(error).toMatchObject({ name: 'UnwindError', kind: 'invalid', section: '.eh_frame', offset, message });
});
