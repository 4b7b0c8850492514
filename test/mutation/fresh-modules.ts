import { inject, vi } from 'vitest';

/** Survives in the worker from one mutant to the next. */
const worker = globalThis as { hasMutatedModules?: boolean };

// Modules stay loaded from one mutant to the next. A mutant of code that runs while they load needs them loaded again,
// and so does the one after it.
const isStatic = (inject as (key: string) => unknown)('mutantActivation') === 'static';
if (isStatic || worker.hasMutatedModules === true) vi.resetModules();
worker.hasMutatedModules = isStatic;
