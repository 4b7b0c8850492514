import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Row } from '../../../engine/index.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { openModules } from '../../../harness/unwinders/engine.ts';
import { scenarioNamed } from './support.ts';

/** The rows at every instruction of a scenario's first programs. */
export function* rowsOf(name: string, architecture: ArchitectureName, programs = 6): Generator<Row> {
  for (let index = 0; index < programs; index++) {
    const program = scenarioNamed(name).generate(architecture, index, '1');
    const image = loadImage(program.image, { name, loadBias: program.loadBias });
    const modules = openModules(image, { lookup: 'list' });
    for (const address of program.instructions) {
      const row = modules[0]!.rowAt(address);
      if (row !== undefined) yield row;
    }
  }
}

/** By column, the kind of each rule of a row. */
export function ruleKinds(row: Row): Map<number, number> {
  return new Map(Array.from({ length: row.ruleCount }, (_, i) => [row.ruleColumn[i]!, row.ruleKind[i]!]));
}
