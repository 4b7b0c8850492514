import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cfi } from '../../../generators/cfi/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { programOf } from './small-program.ts';

const rbx = 3;
const code = (...bytes: number[]) => ({ bytes: Uint8Array.from(bytes) });
const digest = (row: string) => createHash('sha256').update(row).digest('hex').slice(0, 12);

describe('the pairs of rows that stops cover', () => {
  it('have the caller’s row at its call, not that at its return address', () => {
    const program = programOf([
      {
        name: 'entry',
        items: [
          code(0xe8, 1, 0, 0, 0), // call leaf
          { cfi: cfi.sameValue(rbx) },
          code(0xc3), // ret
        ],
      },
      { name: 'leaf', align: 1, items: [{ cfi: cfi.undefined(0) }, code(0xc3)] },
    ]);
    const { rowPairs, failures } = runProgram(program, { emulators: unicornFactory(), unwinders: [] });
    expect(failures).toEqual([]);
    expect(rowPairs).toEqual([digest('CFA=rsp+8 rax=u rip=[CFA-8]') + digest('CFA=rsp+8 rip=[CFA-8]')]);
  });
});
