import { SHN_UNDEF, UnwindError } from '../../../engine/index.ts';
import type { LoadedModule, Segment } from '../image.ts';
import { applyRelative, applyTables, type BoundSymbol } from './apply-relocations.ts';
import { STB_WEAK } from './constants.ts';
import { DynamicSection } from './dynamic-section.ts';
import { DynamicSymbols } from './dynamic-symbols.ts';

const symbolSize = 24;
const absent: BoundSymbol = { address: 0n, size: 0n, isIndirect: false, storage: undefined };

/**
 * Applies the dynamic relocations of a file that is loaded alone. Undefined weak symbols are 0. IRELATIVE relocations are
 * left alone: their value comes from running the program, and a static program applies them itself when it starts. So it
 * does with `DT_RELR`, which adds the load bias each time: `relocatesItself` leaves them out.
 * Throws `UnwindError`: `missing` where a symbol is not defined in the file, `unsupported` for other types.
 */
export function relocateAlone(module: LoadedModule, segments: readonly Segment[], relocatesItself: boolean): void {
  const { elf, loadBias, name } = module;
  const dynamic = DynamicSection.of(elf, segments, loadBias, name);
  if (dynamic === undefined) return;
  const symbols = new DynamicSymbols(elf, dynamic);
  const symbol = (index: number): BoundSymbol => {
    if (index === 0) return absent;
    const { value, size, sectionIndex, binding, name: wanted } = symbols.at(index);
    if (sectionIndex !== SHN_UNDEF) return { ...absent, address: value + loadBias, size };
    if (binding === STB_WEAK) return absent;
    throw new UnwindError(
      'missing',
      '.dynsym',
      index * symbolSize,
      `symbol '${wanted}' must be defined in the file itself: shared libraries are not loaded ` +
        '(link with -nostdlib -static, or give the object file)',
    );
  };
  if (!relocatesItself) applyRelative(module, dynamic);
  applyTables(module, dynamic, { symbol, original: symbol });
}
