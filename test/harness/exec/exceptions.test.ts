import { describe, expect, it } from 'vitest';
import { compileStatic, failingFunctions, notTheProducers, startProgram } from './static-program.ts';

const source = `
#define OWN __attribute__((noinline)) static int
OWN thrower(int x) { if (x > 0) throw x; return x; }
OWN after(int v) { volatile int r = v; return r * 3 + 1; }
struct Cleanup { int n; ~Cleanup() { after(n); } };
OWN middle(int x) { Cleanup c{x}; return thrower(x) + 1; }
OWN recurse(int n) {
  try { if (n == 0) throw 7; return recurse(n - 1); }
  catch (int v) { after(v); if (n < 2) throw; return v + n; }
}
OWN catcher(int x) {
  try { return thrower(x); }
  catch (int v) { int s = 0; for (int i = 0; i < 3; i++) s += after(v + i); return s; }
}
int main() {
  int s = catcher(5);
  try { middle(3); } catch (int v) { s += after(v); }
  return s + recurse(3);
}
`;
/** Position-independent: libgcc sorts the FDEs of other static programs first, which takes millions of instructions. */
const options = ['-x', 'c++', '-static-pie'];
const ownFunctions = /^main|thrower|after|middle|recurse|catcher|Cleanup/;

describe.each([
  ['x86-64', compileStatic('g++', 'x86_64', source, options)],
  ['aarch64', compileStatic('aarch64-linux-gnu-g++', 'aarch64', source, options)],
])('C++ exceptions of %s', (_, file) => {
  it.skipIf(file === undefined)(
    'leave frames behind as their landing pads do (needs g++ with static libraries)',
    () => {
      const result = startProgram({ file: file ?? '' });
      // catcher: 16 + 19 + 22; what middle lets through, by main: 10; recurse: 7 + 2.
      expect(result).toMatchObject({ outcome: 'finished', exitStatus: `${57 + 10 + 9}`, unjudged: 0 });
      for (const name of ['catcher', 'middle', 'recurse', '_Unwind_RaiseException']) {
        expect(result.functions.some((one) => one.name.includes(name))).toBe(true);
      }
      expect(notTheProducers(result)).toEqual([]);
      expect(failingFunctions(result).filter((name) => ownFunctions.test(name))).toEqual([]);
    },
  );
});
