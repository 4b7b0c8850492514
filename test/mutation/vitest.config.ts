import { defineConfig } from 'vitest/config';

/** For mutation testing only, see `harness/mutation`: the tests of one area, many times over. */
export default defineConfig({
  test: {
    include: (process.env.PLUMBLINE_MUTATION_TESTS ?? 'test/engine/**/*.test.ts').split(' '),
    setupFiles: ['test/mutation/fresh-modules.ts', 'test/mutation/same-random-numbers.ts'],
    // Most of a mutant's time would go into loading the engine again for each file.
    isolate: false,
    testTimeout: 120_000,
  },
});
