import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** `e_machine` of ELF libraries this process can load, by `process.arch`. */
const elfMachine = /** @type {Record<string, number>} */ ({ x64: 62, arm64: 183 });

/**
 * Why a file cannot be the shared library for this machine, or undefined where it can.
 * @param {string} path
 * @returns {string | undefined}
 */
export function libraryProblem(path) {
  const header = Buffer.alloc(20);
  try {
    if (!statSync(path).isFile()) return 'is not a file';
    const file = openSync(path, 'r');
    readSync(file, header, 0, header.length, 0);
    closeSync(file);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'does not exist'
      : `cannot be read (${error instanceof Error ? error.message : error})`;
  }
  if (process.platform !== 'linux') return undefined;
  if (header.readUInt32BE(0) !== 0x7f454c46) return 'is not an ELF file';
  if (header.readUInt16LE(18) !== elfMachine[process.arch]) return `is for another machine than this (${process.arch})`;
  return undefined;
}
