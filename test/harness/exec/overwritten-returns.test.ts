import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FrameBuffer } from '../../../engine/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { executeFunction, loadFile, makeReport } from '../../../harness/exec/index.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { basicUnwinders } from '../../../harness/unwinders/registry.ts';
import { missingTools } from '../../tools/external.ts';

const source = `
  .macro begin name
  .globl \\name
  .type \\name, @function
  \\name: .cfi_startproc
  .endm
  # The return address moves to rcx, and what lies in its slot then is what the rows name.
  begin kept
    pop %rcx
    .cfi_def_cfa_offset 0
    .cfi_register %rip, %rcx
    push $0
    .cfi_def_cfa_offset 8
    .cfi_offset %rip, -8
    nop
    nop
    add $8, %rsp
    .cfi_def_cfa_offset 0
    .cfi_register %rip, %rcx
    jmp *%rcx
    .cfi_endproc
  begin kept_then_fault
    push %rax
    .cfi_adjust_cfa_offset 8
    call kept
    ud2
    .cfi_endproc
  begin smash
    movq $16, (%rsp)
    nop
    nop
    ret
    .cfi_endproc
  begin smash_behind_wrong_cfa
    movq $16, (%rsp)
    push %rax
    nop
    ud2
    .cfi_endproc
  .section .note.GNU-stack, "", @progbits
`;

const hasTools = missingTools('as').length === 0 && findTool('readelf', 'x86-64') !== undefined;

describe.skipIf(!hasTools)('where the return address is not in its slot (needs as, readelf)', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline-returns-')), 'returns.o');
  if (hasTools) execFileSync('as', ['--64', '-o', file, '-'], { input: source });

  const emulators = unicornFactory();
  const engine = basicUnwinders.find(({ name }) => name === 'dwarf-list');
  const run = (name: string, change: (frames: FrameBuffer) => void = () => {}) => {
    const job = { file, function: name, seed: '1', limit: 100 };
    const loaded = loadFile(job);
    const changed = {
      ...engine!,
      open(image: typeof loaded.image) {
        const session = engine!.open(image);
        return {
          unwind(...[stop, frames]: Parameters<typeof session.unwind>) {
            session.unwind(stop, frames);
            change(frames);
          },
        };
      },
    };
    const { outcome, failures, findings } = makeReport(
      job,
      loaded,
      emulators.version,
      executeFunction(loaded, job, { emulators, unwinders: [changed] }),
    );
    return { outcome, blames: [...new Set(failures.map(({ blame }) => blame))], findings };
  };

  it('the producer is blamed where it was kept elsewhere, and the call came to its end', () => {
    const { findings, ...rest } = run('kept');
    expect(rest).toEqual({ outcome: 'finished', blames: ['producer'] });
    expect(findings.length).toBeGreaterThan(0);
  });

  it('the producer is blamed where the function returned, though the call faulted later', () => {
    expect(run('kept_then_fault')).toMatchObject({ outcome: 'fault', blames: ['producer'] });
  });

  it('the program is blamed where the function never returned', () => {
    expect(run('smash')).toEqual({ outcome: 'fault', blames: ['program'], findings: [] });
  });

  it('the producer is blamed where another column is wrong, too', () => {
    expect(run('smash_behind_wrong_cfa').blames).toEqual(['producer', 'program']);
  });

  it('the engine is blamed where it crashes or does not do what the rows say', () => {
    const crash = () => {
      throw new Error('crash');
    };
    expect(run('smash', crash).blames).toEqual(['engine']);
    const garble = (frames: FrameBuffer) => {
      const { columnCount, pc } = frames.architecture;
      frames.values[2 * (columnCount + pc)]! ^= 0x150;
    };
    expect(run('smash', garble).blames).toEqual(['engine']);
  });
});
