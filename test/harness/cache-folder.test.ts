import { expect, it } from 'vitest';
import { cacheFolder } from '../../harness/cache-folder.ts';
import { cacheFolder as cacheFolderOfSetUp } from '../../harness/setup/paths.js';

it.each([{}, { XDG_CACHE_HOME: '/somewhere' }, { XDG_CACHE_HOME: 'relative' }, { XDG_CACHE_HOME: '' }])(
  'the cache folder is that of the set-up (%j)',
  (environment) => {
    expect(cacheFolder(environment)).toBe(cacheFolderOfSetUp(environment));
  },
);
