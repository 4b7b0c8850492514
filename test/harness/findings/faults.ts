import { fileURLToPath } from 'node:url';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import {
  type ExecReport,
  type ExecResult,
  executeFunction,
  type LoadedFile,
  loadFile,
  makeReport,
} from '../../../harness/exec/index.ts';
import { Evaluator } from '../../../harness/findings/evaluate.ts';
import { type FunctionCfi, FunctionsCfi } from '../../../harness/findings/function-cfi.ts';
import { FunctionCode } from '../../../harness/findings/function-code.ts';
import { repairFunction } from '../../../harness/findings/repair.ts';
import { differingOffsets, interpret } from '../../../harness/model/index.ts';
import { basicUnwinders } from '../../../harness/unwinders/registry.ts';

const emulators = unicornFactory();

/** One of the assembled objects, executed from its first instruction to its end. */
export interface ExecutedObject {
  readonly loaded: LoadedFile;
  readonly result: ExecResult;
  readonly report: ExecReport;
}

export function executeObject(architecture: string, name: string): ExecutedObject {
  const url = new URL(`../../fixtures/cfi/objects/${architecture}/${name}.o`, import.meta.url);
  const job = { file: fileURLToPath(url), function: '_start', seed: '1', limit: 100_000 };
  const loaded = loadFile(job);
  const result = executeFunction(loaded, job, { emulators, unwinders: basicUnwinders });
  return { loaded, result, report: makeReport(job, loaded, emulators.version, result) };
}

/**
 * Bytes of a function at which its row, once mended by what the execution showed, is not that of the right object;
 * with `mended` false, the same as it is.
 */
export function wrongBytes(right: ExecutedObject, faulty: ExecutedObject, name: string, mended: boolean): number {
  const { architecture, segments } = faulty.loaded.image;
  const rightCfi = cfiOf(right, name);
  const cfi = cfiOf(faulty, name);
  const evidence = faulty.result.evidence.find(({ section, fde }) => section === cfi.section && fde === cfi.offset);
  let fde = cfi.fde!;
  if (mended) {
    const places = evidence!.places;
    const code = new FunctionCode(
      architecture,
      segments,
      cfi.start,
      cfi.end,
      places.map(({ offset }) => offset),
    );
    const { directives } = repairFunction(new Evaluator(fde, places, architecture), code);
    fde = { ...fde, directives };
  }
  const differing = differingOffsets(interpret(rightCfi.fde!, architecture), interpret(fde, architecture));
  return differing.reduce((sum, one) => sum + one, 0);
}

function cfiOf({ loaded: { image } }: ExecutedObject, name: string): FunctionCfi {
  const [module] = image.modules;
  const symbol = module!.elf.symbols().find((one) => one.name === name)!;
  return new FunctionsCfi(image).at(symbol.value + module!.loadBias)!;
}
