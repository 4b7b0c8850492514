import { defineConfig } from 'vitest/config';
import { provideUnicorn, unicornVariable } from './harness/setup/unicorn.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { [unicornVariable]: provideUnicorn(process.env, (doing) => console.error(doing)) },
    // A worker for each file would take a quarter of the time just to start and to load the same modules.
    isolate: false,
    // By default one core is left free.
    maxWorkers: '100%',
    testTimeout: 120_000,
  },
});
