// Of Stryker 9, since 10 needs a newer Node.js than the project does. @stryker-mutator/core makes the mutants and counts
// what became of them; @stryker-mutator/vitest-runner runs, for each, just the tests that execute it. Which files and
// which tests: `harness/mutation/areas.ts`.
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Hangs are told by counting. By the clock only in the last resort: a busy machine must not make mutants detected.
  timeoutMS: 15_000,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: '.cache/mutation/report.json' },
  incremental: true,
  tempDirName: '.cache/mutation/sandbox',
  ignorePatterns: ['/dist', '/reports', '/test/commands', '/test/defects', '/test/harness', '/test/reports'],
  allowConsoleColors: false,
};
