import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { executeFunction, loadFile, makeReport } from '../../../harness/exec/index.ts';
import { basicUnwinders } from '../../../harness/unwinders/registry.ts';
import { missingTools } from '../../tools/external.ts';

/** The caller's rbp is 0, and the function keeps it where no rule can name it; `rax` is 0 by chance. */
const source = (copy: string) => `
  .globl outer
  .type outer, @function
  outer: .cfi_startproc
    push %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_offset %rbp, -16
    xor %ebp, %ebp
    call inner
    pop %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    ret
    .cfi_endproc
  .type inner, @function
  inner: .cfi_startproc
    movq %rbp, %xmm0
    ${copy}
    mov $5, %ebp
    nop
    nop
    movq %xmm0, %rbp
    ret
    .cfi_endproc
  .section .note.GNU-stack, "", @progbits
`;

describe.skipIf(missingTools('as').length > 0)('a register that equals another one (needs as)', () => {
  const emulators = unicornFactory();
  const directives = (copy: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'plumbline-equal-')), 'equal.o');
    execFileSync('as', ['--64', '-o', file, '-'], { input: source(copy) });
    const job = { file, function: 'outer', seed: '1', limit: 100 };
    const loaded = loadFile(job);
    const result = executeFunction(loaded, job, { emulators, unwinders: basicUnwinders });
    const { findings } = makeReport(job, loaded, emulators.version, result);
    expect(findings.map((finding) => finding.function)).toContain('inner');
    return findings.flatMap(({ changes }) => changes.map(({ directive }) => directive ?? ''));
  };

  it('is proposed where an instruction has copied it', () => {
    expect(directives('mov %rbp, %rax')).toEqual(['.cfi_register %rbp, %rax']);
  });

  it('is not proposed where both are 0 by chance', () => {
    expect(directives('xor %eax, %eax').filter((one) => one.startsWith('.cfi_register'))).toEqual([]);
  });
});
