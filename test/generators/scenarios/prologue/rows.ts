import type { ArchitectureName } from '../../../../engine/architecture/index.ts';
import { RuleKind } from '../../../../engine/index.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { openModules } from '../../../../harness/unwinders/engine.ts';
import { scenarioNamed } from '../support.ts';

/** What a row says at one instruction. */
export interface SeenRow {
  readonly address: bigint;
  /** Start of its function. */
  readonly function: bigint;
  /** Column and offset of a CFA that counts from a register. */
  readonly cfaColumn: number;
  readonly cfaOffset: number;
  /** Offsets from the CFA of the registers saved in memory, by column. */
  readonly saved: ReadonlyMap<number, number>;
  /** Bytes of this instruction. */
  readonly bytes: Uint8Array;
}

/** The rows at every instruction of a scenario's first programs, program by program. */
export function rowsOfPrograms(scenario: string, architecture: ArchitectureName, programs = 6): SeenRow[][] {
  return Array.from({ length: programs }, (_, index) => {
    const program = scenarioNamed(`prologue/${scenario}`).generate(architecture, index, '1');
    const image = loadImage(program.image, { name: scenario, loadBias: program.loadBias });
    const [module] = openModules(image, { lookup: 'list' });
    return program.instructions.flatMap((address, i) => {
      const row = module!.rowAt(address);
      if (row === undefined) return [];
      const saved = new Map<number, number>();
      for (let rule = 0; rule < row.ruleCount; rule++) {
        if (row.ruleKind[rule] === RuleKind.offset) saved.set(row.ruleColumn[rule]!, row.ruleLo[rule]! | 0);
      }
      const next = program.instructions[i + 1] ?? address + 1n;
      const segment = image.segments.find(
        ({ address: start, bytes: { length } }) => address >= start && address < start + BigInt(length),
      )!;
      const offset = Number(address - segment.address);
      const seen: SeenRow = {
        address,
        function: (BigInt(row.functionHi) << 32n) | BigInt(row.functionLo),
        cfaColumn: row.cfaColumn,
        cfaOffset: row.cfaLo | 0,
        saved,
        bytes: segment.bytes.slice(offset, offset + Number(next - address)),
      };
      return [seen];
    });
  });
}

/** Rows by function, in the order of the code. */
export function byFunction(rows: readonly SeenRow[]): SeenRow[][] {
  const functions = new Map<bigint, SeenRow[]>();
  for (const row of rows) functions.set(row.function, [...(functions.get(row.function) ?? []), row]);
  return [...functions.values()];
}

/** The registers a function saves anywhere. */
export function savedAnywhere(rows: readonly SeenRow[]): number[] {
  return [...new Set(rows.flatMap(({ saved }) => [...saved.keys()]))].sort((a, b) => a - b);
}
