import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Attributors, executeFunction, loadFile, makeReady } from '../../../harness/exec/index.ts';
import { libraryPath } from '../../../harness/libraries/index.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';

const emulators = unicornFactory();

describe.each([
  ['x86-64', ''],
  ['aarch64', '-aarch64'],
] as const)('Debian’s libraries for %s (npm run libraries exec)', (architecture, suffix) => {
  const libc = libraryPath(`libc${suffix}`);
  const libm = libraryPath(`libm${suffix}`);
  const call = (file: string, name: string, args: string) => {
    const job = { file, function: name, args, seed: '1', limit: 50_000, libraryPath: [dirname(libc!)] };
    const loaded = loadFile(job);
    const result = executeFunction(makeReady(loaded, job.seed, emulators), job, { emulators, unwinders });
    const attributors = new Attributors(loaded.image, loaded.elf);
    return { ...result, blames: new Set(result.failures.map((failure) => attributors.attribute(failure).blame)) };
  };

  it.skipIf(libc === undefined)('are made ready: memory is allocated, characters have classes', () => {
    expect(call(libc!, 'malloc', '100')).toMatchObject({ outcome: 'finished', notes: [] });
    expect(call(libc!, 'getpagesize', '')).toMatchObject({ outcome: 'finished', exitStatus: '4096' });
    expect(call(libc!, 'toupper', '97')).toMatchObject({ outcome: 'finished', exitStatus: '65' });
    expect(call(libc!, 'strlen', 'buffer:64')).toMatchObject({ outcome: 'finished', failures: [] });
  });

  it.skipIf(libm === undefined || libc === undefined)('are unwound at every instruction of a function', () => {
    const { outcome, stops, unwinders: judged } = call(libm!, 'cbrt', '');
    expect(outcome).toBe('finished');
    expect(stops).toBeGreaterThan(30);
    // GNU ld gives AArch64's procedure linkage table no call frame information.
    if (architecture === 'x86-64') expect(judged.map(({ verdicts }) => verdicts.pass)).toEqual(judged.map(() => stops));
  });

  it.skipIf(libc === undefined || findTool('readelf', architecture) === undefined)(
    'have rows that are wrong, whoever wrote them is to blame',
    () => {
      const { failures, blames } = call(libc!, 'swapcontext', 'buffer:1024,buffer:1024');
      const own = failures.filter((failure) => failure.function === 'swapcontext' && failure.unwinder === 'dwarf');
      // `mov r12, rsi` and `adr x30, …` without a directive.
      expect(own[0]).toMatchObject({ divergence: architecture === 'x86-64' ? 'r12' : 'pc' });
      expect(blames).toEqual(new Set(['producer']));
    },
  );
});
