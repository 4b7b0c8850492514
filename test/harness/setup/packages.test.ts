import { lstatSync, mkdirSync, mkdtempSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { linkCommand, packagesInstalled } from '../../../harness/setup/packages.js';

let root = '';
const lock = () => join(root, 'package-lock.json');
const npmStamp = () => join(root, 'node_modules', '.package-lock.json');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plumbline-packages-'));
  writeFileSync(lock(), '{"lockfileVersion": 3}');
});

/** What `npm ci` leaves behind, some seconds after or before the lock file was written. */
function install(seconds: number): void {
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(npmStamp(), '{}');
  const time = Date.now() / 1000 + seconds;
  utimesSync(npmStamp(), time, time);
}

describe('packagesInstalled()', () => {
  it('is false in a fresh clone', () => {
    expect(packagesInstalled(root)).toBe(false);
  });

  it('goes by npm’s own stamp where the user installed the packages', () => {
    install(10);
    expect(packagesInstalled(root)).toBe(true);
    install(-10);
    expect(packagesInstalled(root)).toBe(false);
  });

  it('goes by the lock file that was installed where the set-up did it', () => {
    install(10);
    const stamp = join(root, 'node_modules', '.plumbline-lock');
    writeFileSync(stamp, 'the digest of another lock file');
    expect(packagesInstalled(root)).toBe(false);
  });
});

describe('linkCommand()', () => {
  const link = () => join(root, 'node_modules', '.bin', 'plumbline');

  it('links the command, also in place of a link that leads nowhere', () => {
    install(10);
    mkdirSync(join(root, 'harness', 'setup'), { recursive: true });
    writeFileSync(join(root, 'harness', 'setup', 'plumbline.js'), '');
    symlinkSync('nowhere', link());
    for (let time = 0; time < 2; time++) {
      linkCommand(root);
      expect(readlinkSync(link())).toBe('../../harness/setup/plumbline.js');
    }
    expect(lstatSync(join(root, 'harness', 'setup', 'plumbline.js')).mode & 0o111).not.toBe(0);
  });
});
