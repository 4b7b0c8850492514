import { spawnSync } from 'node:child_process';

export interface Compiler {
  readonly command: string;
  /** The first line of what it says about itself. */
  readonly version: string;
}

/** The C compiler: that of the variable CC, else the usual names; undefined where there is none. */
export function findCompiler(environment: NodeJS.ProcessEnv): Compiler | undefined {
  const chosen = environment.CC;
  for (const command of chosen === undefined || chosen === '' ? ['cc', 'gcc', 'clang'] : [chosen]) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { command, version: stdout.split('\n')[0]! };
  }
  return undefined;
}
