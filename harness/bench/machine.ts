import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder, packageVersion } from '../package-folder.ts';
import type { BenchReport } from '../record/bench.ts';

const manifest = z.object({ dependencies: z.object({ tinybench: z.string() }) });

export function machine(): BenchReport['machine'] {
  const { platform, arch } = process;
  return { cpu: cpus()[0]?.model.trim() ?? '', cores: availableParallelism(), platform, architecture: arch };
}

export function versions(): BenchReport['versions'] {
  const { dependencies } = manifest.parse(JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')));
  // Its version is pinned; the package itself does not give it away.
  const { tinybench } = dependencies;
  return { plumbline: packageVersion(), node: process.version, v8: process.versions.v8, tinybench };
}
