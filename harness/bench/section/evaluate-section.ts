import type { Fde } from '../../../engine/dwarf/fde.ts';
import { scanSection } from '../../../engine/dwarf/scan.ts';
import { FrameSection, Row } from '../../../engine/index.ts';
import type { BenchModule } from '../bench-stack.ts';

export interface EvaluatedSection {
  readonly functions: number;
  readonly rows: number;
}

/** `.eh_frame` of a module; throws an Error where it has none. */
export function frameSectionOf({ name, elf, loadBias }: BenchModule): FrameSection {
  const found = elf.section('.eh_frame');
  if (found === undefined) throw new Error(`${name} has no .eh_frame`);
  const section = { address: found.address + loadBias, bytes: found.bytes };
  return new FrameSection({ kind: '.eh_frame', section, architecture: elf.architecture });
}

/** Works out every row of every FDE of a module's `.eh_frame`, one by one; the row object is reused. */
export function evaluateSection(module: BenchModule, visit: (row: Row) => void): EvaluatedSection {
  const section = frameSectionOf(module);
  const { architecture } = section;
  const machine = section.createMachine();
  const row = new Row(architecture.columnCount);
  let functions = 0;
  let rows = 0;
  scanSection(section, {
    fde(fde: Fde) {
      const cie = fde.cie!;
      machine.start(fde, cie, section.initialState(cie));
      while (machine.runToNext()) {
        machine.fill(row);
        visit(row);
        rows++;
      }
      functions++;
    },
    broken(error) {
      throw error;
    },
  });
  return { functions, rows };
}
