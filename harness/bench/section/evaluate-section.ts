import type { Fde } from '../../../engine/dwarf/fde.ts';
import { scanSection } from '../../../engine/dwarf/scan.ts';
import { FrameSection, Row } from '../../../engine/index.ts';
import type { BenchModule } from '../bench-stack.ts';

export interface EvaluatedSection {
  readonly functions: number;
  readonly rows: number;
}

/** Works out every row of every FDE of a module's `.eh_frame` and hands it on; the row object is reused. */
export function evaluateSection({ elf, loadBias }: BenchModule, visit: (row: Row) => void): EvaluatedSection {
  const found = elf.section('.eh_frame');
  if (found === undefined) return { functions: 0, rows: 0 };
  const { architecture } = elf;
  const bytes = { address: found.address + loadBias, bytes: found.bytes };
  const section = new FrameSection({ kind: '.eh_frame', section: bytes, architecture });
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
