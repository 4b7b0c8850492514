import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type LinkOptions, linkProgram, type UnwindSection } from '../../../generators/link/index.ts';
import { inTemporaryFolder, missingTools } from '../../tools/external.ts';
import { sampleData, sampleFunctions } from './programs.ts';

/** What a tool prints and complains about; gdb says nothing of its exit status. */
function run(image: Uint8Array, tool: string, ...args: readonly string[]): { output: string; complaints: string } {
  return inTemporaryFolder((folder) => {
    const file = join(folder, 'image');
    writeFileSync(file, image);
    const { stdout, stderr, status } = spawnSync(tool, [...args, file], { encoding: 'utf8' });
    const warnings = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /warning|error|corrupt|unrecognized/i.test(line));
    return {
      output: stdout,
      complaints: [...warnings, ...(status === 0 ? [] : [stderr, `status ${status}`])].join('\n'),
    };
  });
}

const all: readonly UnwindSection[] = ['.eh_frame', '.eh_frame_hdr', '.debug_frame'];
const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
const layouts: Record<string, Omit<LinkOptions, 'architecture'>> = {
  'an executable': {},
  'a shared object with a load bias': { type: 'shared', textAddress: 0x1000n, loadBias: 0x7f12_3456_7000n },
  'code in the upper half': { textAddress: 0xffff_ffff_8100_0000n },
  'sections across 2^32': { textAddress: 0xffff_f000n },
  'every unwind section': { unwindSections: all },
  'no unwind section': { unwindSections: [] },
  'no search table': { searchTable: false },
};
const cases = architectures.flatMap((architecture) =>
  Object.entries(layouts).map(([name, layout]) => ({ name, architecture, layout })),
);
const link = (architecture: ArchitectureName, layout: Omit<LinkOptions, 'architecture'>) =>
  linkProgram(sampleFunctions(architecture), { architecture, data: sampleData, ...layout });

describe.each(cases)('$name for $architecture', ({ architecture, layout }) => {
  const binutils =
    architecture === 'x86-64' ? ['readelf', 'objdump'] : ['aarch64-linux-gnu-readelf', 'aarch64-linux-gnu-objdump'];
  const program = link(architecture, layout);
  const bias = program.loadBias;
  const hex = (label: string) => (program.labels.get(label)! - bias).toString(16).padStart(16, '0');

  test.skipIf(missingTools(...binutils).length > 0)(
    `readelf and objdump accept it (needs ${binutils.join(', ')})`,
    () => {
      const elf = run(program.image, binutils[0]!, '-aW');
      expect(elf.complaints).toBe('');
      expect(elf.output).toMatch(new RegExp(`${hex('start')} +\\d+ FUNC +GLOBAL DEFAULT +1 start`));
      expect(elf.output).toMatch(new RegExp(`${hex('table')} +20 OBJECT`));
      expect(elf.output).toMatch(/GNU_STACK .* RW /);
      const frames = run(program.image, binutils[0]!, '--debug-dump=frames');
      expect(frames.complaints).toBe('');
      const sections = layout.unwindSections ?? ['.eh_frame', '.eh_frame_hdr'];
      const starts = frames.output.match(new RegExp(`pc=${hex('leaf')}`, 'g')) ?? [];
      expect(starts.length).toBe(sections.filter((name) => name !== '.eh_frame_hdr').length);
      const code = run(program.image, binutils[1]!, '-d');
      expect(code.complaints).toBe('');
      expect(code.output).toContain(`${hex('leaf')} <leaf>:`);
      expect(code.output).toMatch(architecture === 'x86-64' ? /call +[0-9a-f]+ <leaf>/ : /bl\t[0-9a-f]+ <leaf>/);
    },
  );

  const gdb = architecture === 'x86-64' ? 'gdb' : 'gdb-multiarch';
  test.skipIf(missingTools(gdb).length > 0)(`gdb accepts it (needs ${gdb})`, () => {
    const commands = ['info functions', 'disassemble start'].flatMap((command) => ['-ex', command]);
    const { output, complaints } = run(program.image, gdb, '-nx', '-q', '-batch', ...commands);
    expect(complaints).toBe('');
    expect(output).toContain(`0x${hex('leaf')}  leaf`);
    expect(output).toContain('Dump of assembler code for function start:');
    expect(output).toContain('<leaf>');
  });

  const dwarfdump = ['llvm-dwarfdump', 'llvm-dwarfdump-14', 'llvm-dwarfdump-16'].find(
    (name) => missingTools(name).length === 0,
  );
  test.skipIf(dwarfdump === undefined)('llvm-dwarfdump reads its .eh_frame (needs llvm-dwarfdump)', () => {
    const { output, complaints } = run(program.image, dwarfdump!, '--eh-frame');
    expect(complaints).toBe('');
    const expected = layout.unwindSections?.length === 0 ? 0 : layout.unwindSections === all ? 4 : 2;
    expect(output.match(/ FDE /g)?.length ?? 0).toBe(expected);
  });
});
