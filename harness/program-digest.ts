import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders of the program, beside the one this file is in: sources, or what is built of them. */
const folders = ['engine', 'generators', 'harness', 'reports'];

/** SHA-256 of all code of this program as it runs: what another build has found out may not hold for this one. */
export function programDigest(): string {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((one) => /\.[jt]s$/.test(one)).sort()) {
      const bytes = readFileSync(join(root, folder, name));
      hash.update(`${folder}/${name}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest('hex');
}
