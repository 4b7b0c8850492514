import type { Architecture, EncodedModule, Encoding, FunctionTable } from '../../engine/index.ts';
import type { CompactEncoding, InexactPlace } from '../record/compact.ts';
import { checkLsdas } from './check-lsdas.ts';
import { checkRows, exactness, type InexactRow, type RowCheck } from './check-rows.ts';
import type { CompactModule } from './compact-module.ts';

/**
 * Encodes a module and checks what came of it. Throws `UnwindError` where the module cannot be encoded, or what was made
 * of it cannot be opened.
 */
export function measureEncoding(
  encoding: Encoding,
  module: CompactModule,
  functions: FunctionTable,
  onProgress?: (functions: number) => void,
): CompactEncoding {
  const { frames, address, code, original } = module;
  const { architecture } = functions;
  const encoded = encoding.encode({ functions, frames, address });
  const opened = encoding.open(encoded.sections, architecture);
  const check = checkRows({
    frames,
    encoding: opened,
    code,
    ...(onProgress !== undefined && { onProgress }),
  });
  return {
    ...rowCounts(check, encoded, functions),
    ...lsdas(encoded, check, module, architecture),
    ...sizes(encoded, original),
  };
}

function rowCounts(check: RowCheck, encoded: EncodedModule, functions: FunctionTable) {
  const reasons = new Map<number, string>();
  for (const [index, reason] of encoded.fallbacks) reasons.set(functions.fdeOffset[index]!, reason);
  const fallback: Record<string, number> = {};
  let strict = 0;
  let valueEqual = 0;
  check.exactness.forEach((exact, i) => {
    if (exact >= exactness.inexact) return;
    const reason = reasons.get(check.functions.fdeOffset[i]!);
    if (reason !== undefined) fallback[reason] = (fallback[reason] ?? 0) + 1;
    else if (exact === exactness.strict) strict++;
    else valueEqual++;
  });
  return {
    functions: check.functions.count,
    strict,
    valueEqual,
    popped: check.popped,
    pushed: check.pushed,
    fallback,
    inexact: check.inexact,
    examples: check.examples.map(placeInWords),
    descriptors: encoded.descriptors.reduce((sum, count) => sum + count, 0),
    compared: check.compared,
    beyond: check.beyond,
  };
}

function placeInWords({ function: start, address, size, dwarf, encoding }: InexactRow): InexactPlace {
  return { function: `0x${start.toString(16)}`, address: `0x${address.toString(16)}`, size, dwarf, encoding };
}

function lsdas(
  encoded: EncodedModule,
  { functions }: RowCheck,
  { frames }: CompactModule,
  architecture: Architecture,
): Pick<CompactEncoding, 'lsda'> {
  const found = checkLsdas(encoded.sections, functions, frames, architecture);
  return found === undefined ? {} : { lsda: found };
}

function sizes(encoded: EncodedModule, original: Readonly<Record<string, number>>) {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    bytes: { ...encoded.parts },
    totalBytes: sum(encoded.sections.map(({ bytes }) => bytes.length)),
    originalBytes: sum(Object.values(original)),
  };
}
