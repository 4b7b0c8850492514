import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { areaOf, areas, engineFiles, filesOf } from '../../../harness/mutation/areas.ts';
import { root } from '../../commands/plumbline.ts';

describe('areas', () => {
  it('have every source of the engine, each in one', () => {
    const files = engineFiles(root);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => areaOf(file) === undefined)).toEqual([]);
    expect(areas.flatMap((area) => filesOf(root, area)).sort()).toEqual(files);
  });

  it('have sources', () => {
    expect(areas.filter((area) => filesOf(root, area).length === 0)).toEqual([]);
  });

  it.each([
    ['engine/row/row-applier.ts', 'row-evaluation'],
    ['engine/dwarf/expression-stack.ts', 'expressions'],
    ['engine/stack-cursor.ts', 'stepping'],
    ['engine/signal/x86-64.ts', 'stepping'],
    ['engine/dwarf/cfa-program.ts', 'cfa-programs'],
    ['engine/dwarf/cie.ts', 'dwarf-sections'],
    ['engine/dwarf/write/byte-writer.ts', 'dwarf-writing'],
    ['engine/elf-compact/x86-64/encode/cover.ts', 'compact-x86-64'],
    ['engine/elf-compact/stream/read.ts', 'compact-forms'],
  ])('%s belongs to %s', (file, name) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(areaOf(file)?.name).toBe(name);
  });
});
