import { existsSync } from 'node:fs';
import {
  compactEncodings,
  dwarfEncoding,
  type EncodedModule,
  type Encoding,
  type EncodingInput,
  type RowSource,
  UnwindError,
} from '../../engine/index.ts';
import { encodedProblem } from '../unwinders/encoded-shape.ts';
import { loadEncodings } from '../unwinders/module/index.ts';
import { isFile } from './choose-unwinders.ts';
import { UsageError } from './usage-error.ts';

/** Those with a name: DWARF written anew is only of interest where it is asked for. */
const known = [...compactEncodings, dwarfEncoding];

/**
 * The encodings that arguments name, each a name or a module's file; without arguments, the compact ones. Throws
 * `UsageError`, or `UnwinderModuleError` for an unusable file.
 */
export async function chooseEncodings(args: readonly string[] | undefined): Promise<readonly Encoding[]> {
  if (args === undefined) return compactEncodings;
  const chosen: Encoding[] = [];
  for (const argument of args) {
    for (const encoding of await named(argument)) {
      if (chosen.some(({ name }) => name === encoding.name)) {
        throw new UsageError(`${argument}: there is another encoding ${encoding.name}`);
      }
      chosen.push(encoding);
    }
  }
  return chosen;
}

async function named(argument: string): Promise<readonly Encoding[]> {
  if (!isFile(argument)) {
    const found = known.find(({ name }) => name === argument);
    if (found !== undefined) return [found];
    throw new UsageError(`there is no encoding ${argument}; there are ${known.map(({ name }) => name).join(' ')}`);
  }
  if (!existsSync(argument))
    throw new UsageError(`${argument} does not exist; --encoding takes it for a module's file`);
  return (await loadEncodings(argument)).map((encoding) => blaming(encoding, argument));
}

/** The same, but what it throws is told to be its fault. */
function blaming(encoding: Encoding, file: string): Encoding {
  const use = <Result>(doing: string, call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      throw new UsageError(`${file}: ${encoding.name} ${doing}: ${error instanceof Error ? error.message : error}`);
    }
  };
  return {
    name: encoding.name,
    description: encoding.description,
    architectures: encoding.architectures,
    ...(encoding.files !== undefined && { files: encoding.files }),
    encode: (input) => use('does not encode', () => checked(encoding.encode(input), input)),
    open: (sections, architecture) =>
      blamingLookup(
        use('does not open', () => encoding.open(sections, architecture)),
        encoding.name,
      ),
  };
}

/** The same, but whatever it throws is what it has to say of that address. */
function blamingLookup(source: RowSource, name: string): RowSource {
  return {
    lookup(pcLo, pcHi, row) {
      try {
        return source.lookup(pcLo, pcHi, row);
      } catch (error) {
        if (error instanceof UnwindError) throw error;
        throw new UnwindError('invalid', name, -1, String(error));
      }
    },
    ...(source.lookupPlain !== undefined && {
      lookupPlain: (pcLo, pcHi, rules) => source.lookupPlain!(pcLo, pcHi, rules),
    }),
  };
}

function checked(encoded: EncodedModule, { functions, address }: EncodingInput): EncodedModule {
  const problem = encodedProblem(encoded, functions.count, address);
  if (problem !== undefined) throw new TypeError(problem);
  return encoded;
}
