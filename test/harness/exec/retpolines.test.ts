import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { executeFunction, loadFile, makeReady } from '../../../harness/exec/index.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';
import { compileStatic, failingFunctions } from './static-program.ts';

const source = `
__attribute__((noinline)) static int one(int x) { volatile int y = x; return y * 3; }
__attribute__((noinline)) static int two(int x) { volatile int y[4] = {x}; return one(y[0]) + 1; }
int (*table[2])(int) = {one, two};
int use(int i, int x) { volatile int k = 5; int r = table[i & 1](x) + k; return r + table[(i + 1) & 1](x); }
int tail(int i, int x) { return table[i & 1](x); }
int main(void) { int s = 0; for (int i = 0; i < 3; i++) s += use(i, i) + tail(i, i); return s & 127; }
`;

function run(file: string) {
  const job = { file, function: 'main', seed: '1', limit: 10_000 };
  const emulators = unicornFactory();
  return executeFunction(makeReady(loadFile(job), job.seed, emulators), job, { emulators, unwinders });
}

/** Calls whose return address is overwritten or dropped at once call nobody. */
describe.each<[string, string, readonly string[], readonly string[]]>([
  ['GCC', 'gcc', ['-mindirect-branch=thunk'], []],
  // Its row behind `lea rsp, [rsp + 8]` is wrong.
  ['GCC, of returns', 'gcc', ['-mfunction-return=thunk'], ['__x86_return_thunk']],
  // Its thunks have no rows.
  ['Clang', 'clang', ['-mretpoline'], []],
])('retpolines of %s', (_, compiler, flags, wrong) => {
  const file = compileStatic(compiler, 'x86_64', source, ['-pie', '-fPIE', ...flags]);

  it.skipIf(file === undefined)(`leave no frames that are not there (needs ${compiler})`, () => {
    const result = run(file!);
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '46' });
    expect(failingFunctions(result)).toEqual(wrong);
  });
});
