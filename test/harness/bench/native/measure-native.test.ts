import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCompiler } from '../../../../harness/bench/native/compiler.ts';
import { measureNative } from '../../../../harness/bench/native/index.ts';

const options = { depth: 20, rounds: 2, roundMicroseconds: 20, turns: 2 };
const environment = { ...process.env, XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'plumbline-native-')) };

const able = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const compiler = findCompiler(process.env);

describe('measureNative()', () => {
  it.runIf(process.platform === 'linux')('gives the reason for each unwinder where there is no compiler', async () => {
    const results = await measureNative({ ...options, environment: { ...environment, CC: '/no/such/compiler' } });
    expect(results.length).toBeGreaterThan(5);
    for (const result of results) {
      expect('unavailable' in result && result.unavailable).toMatch(/^no C compiler is installed/);
    }
  });

  it.runIf(process.platform === 'linux')('gives the reason where the compiler fails', async () => {
    // Any program that succeeds for --version only.
    const results = await measureNative({
      ...options,
      names: ['libgcc'],
      environment: { ...environment, CC: process.execPath },
    });
    expect(results).toEqual([
      { name: 'libgcc', unavailable: expect.stringMatching(/^libgcc\.c cannot be compiled: /) },
    ]);
  });

  it.skipIf(!able || compiler === undefined)(
    'measures the frame-pointer walk and libgcc with the C compiler (cc, gcc or clang)',
    async () => {
      let turns = 0;
      const measure = () =>
        measureNative({
          ...options,
          names: ['frame-pointer', 'libgcc'],
          environment,
          between: () => {
            turns++;
          },
        });
      const results = await measure();
      expect(results.map(({ name }) => name)).toEqual(['frame-pointer', 'libgcc']);
      for (const result of results) {
        if ('unavailable' in result) throw new Error(`${result.name}: ${result.unavailable}`);
        expect(result.frames).toBeGreaterThanOrEqual(options.depth);
        expect(result.nsPerFrame.q1).toBeGreaterThan(0);
        expect(result.nsPerFrame.median).toBeGreaterThanOrEqual(result.nsPerFrame.q1);
        expect(result.nsPerFrameByTurn).toHaveLength(options.turns);
        expect(result.version).not.toBe('');
      }
      expect(turns).toBe(options.turns);

      const folder = join(environment.XDG_CACHE_HOME, 'plumbline', 'native');
      const programs = () => readdirSync(folder).map((name) => ({ name, file: statSync(join(folder, name)).ino }));
      const compiled = programs();
      expect(compiled).toHaveLength(2);
      await measure();
      expect(programs()).toEqual(compiled);
    },
  );

  it('takes no less than one turn', async () => {
    await expect(measureNative({ ...options, turns: 0 })).rejects.toThrow(RangeError);
  });
});
