import { existsSync } from 'node:fs';
import { compactEncodings, type Encoding } from '../../engine/index.ts';
import { loadEncodings } from '../unwinders/module/index.ts';
import { isFile } from './choose-unwinders.ts';
import { UsageError } from './usage-error.ts';

/**
 * The encodings that arguments name, each a name or a module's file; without arguments, Plumbline's own. Throws
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
    const found = compactEncodings.find(({ name }) => name === argument);
    if (found !== undefined) return [found];
    const known = compactEncodings.map(({ name }) => name).join(' ');
    throw new UsageError(`there is no encoding ${argument}; there are ${known}`);
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
    encode: (input) => use('does not encode', () => encoding.encode(input)),
    open: (sections, architecture) => use('does not open', () => encoding.open(sections, architecture)),
  };
}
