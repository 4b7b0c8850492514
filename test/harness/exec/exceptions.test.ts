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
/** Leave by eh_return: what they have saved is overwritten, and where they go is what their rows say. */
const leavers = ['_Unwind_RaiseException', '_Unwind_Resume', '_Unwind_Resume_or_Rethrow'];
/** What Debian's C library has said wrongly: they have callers, and say they have none. */
const wrongRows = ['_start', '__wrap_main'];
const within = (names: readonly string[], known: readonly string[]) => names.filter((name) => !known.includes(name));

describe.each([
  ['x86-64', 'g++', 'x86_64'],
  ['aarch64', 'aarch64-linux-gnu-g++', 'aarch64'],
])('C++ exceptions of %s', (_, compiler, machine) => {
  const file = compileStatic(compiler, machine, source, options);

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
      expect(within(failingFunctions(result, 'left'), leavers)).toEqual([]);
      expect(failingFunctions(result, 'left')).toContain('_Unwind_RaiseException');
      expect(within(failingFunctions(result, 'contradicts'), wrongRows)).toEqual([]);
      // Without symbols nobody knows where functions begin and end.
      const stripped = startProgram({ file: compileStatic(compiler, machine, source, [...options, '-s'])! });
      expect(stripped.unwinders).toEqual(result.unwinders);
    },
  );
});
