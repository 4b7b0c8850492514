import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { libraryPath } from '../../../harness/libraries/index.ts';
import { compileStatic, failingFunctions, notTheProducers, startProgram } from './static-program.ts';

const source = `
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static jmp_buf env;
static sigjmp_buf handled;
static __thread int tls = 7;
static volatile int caught;
static void handler(int n, siginfo_t *i, void *c) { caught += n; tls++; }
static void leaver(int n) { siglongjmp(handled, n); }
__attribute__((noinline)) static void deep(int n) { volatile char b[100]; b[n] = n; if (n == 0) longjmp(env, 3); deep(n - 1); b[n]++; }
__attribute__((noinline)) static void direct(int n) { longjmp(env, n); }
__attribute__((noinline)) static int twice(void) {
  volatile int k = 0;
  if (setjmp(env) == 0) { k++; direct(5); }
  k += 10;
  if (setjmp(env) == 0) deep(9);
  return k;
}
__attribute__((noinline)) static void onOwnStack(void) {
  /* An alternate stack within the main one, left by a jump out of its handler and then reused by main's callees. */
  char within[20000];
  stack_t stack = {.ss_sp = within, .ss_size = sizeof within};
  sigaltstack(&stack, 0);
  struct sigaction leave = {.sa_handler = leaver, .sa_flags = SA_ONSTACK};
  sigaction(SIGALRM, &leave, 0);
  if (sigsetjmp(handled, 1) == 0) raise(SIGALRM);
}
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv) {
  int v[] = {5, 3, 9, 1, 7};
  qsort(v, 5, sizeof *v, compare);
  printf("%d %s %d%d%d%d%d %.2f %d\\n", argc, argv[argc - 1], v[0], v[1], v[2], v[3], v[4], 1.5 * argc, twice());
  onOwnStack();
  static char alternate[20000];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  action.sa_flags |= SA_ONSTACK;
  sigaction(SIGUSR2, &action, 0);
  raise(SIGUSR2);
  onOwnStack();
  char *p = malloc(300000);
  memset(p, 1, 300000);
  free(realloc(p, 900000));
  char line[100];
  while (fgets(line, sizeof line, stdin)) printf("[%s]", strtok(line, "\\n"));
  fprintf(stderr, "%d %d %s\\n", caught, tls, getenv("WHO"));
  return 5;
}
`;

/** Its functions; the C library has code without rows, these have right ones. */
const ownFunctions = /^(main|handler|leaver|deep|direct|twice|onOwnStack|compare)\b/;

describe.each([
  ['x86-64', compileStatic('gcc', 'x86_64', source)],
  ['aarch64', compileStatic('aarch64-linux-gnu-gcc', 'aarch64', source)],
])('a static program for %s', (_, file) => {
  const job = { file: file ?? '', programArguments: ['one', 'two'], environment: ['WHO=me'] };

  it.skipIf(file === undefined)('runs from its entry to its end (needs a C compiler with a static C library)', () => {
    const result = startProgram(job, 'pear\nfig\n');
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '5', signals: 4, unjudged: 0 });
    expect(result.stdout!.text).toBe('3 two 13579 4.50 11\n[pear][fig]');
    expect(result.stderr!.text).toBe('22 9 me\n');
    expect(notTheProducers(result)).toEqual([]);
    expect(failingFunctions(result).filter((name) => ownFunctions.test(name))).toEqual([]);
    // What has no rows is little: the C library's code for the beginning and the end.
    for (const { verdicts } of result.unwinders) expect(verdicts.pass).toBeGreaterThan(0.98 * result.stops);
  });

  it.skipIf(file === undefined)('does the same when signals interrupt it (needs the same)', () => {
    const result = startProgram({ ...job, signalEvery: 47 }, 'pear\nfig\n');
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '5' });
    expect(result.signals).toBeGreaterThan(400);
    expect(result.stdout!.text).toBe('3 two 13579 4.50 11\n[pear][fig]');
    expect(notTheProducers(result)).toEqual([]);
    expect(failingFunctions(result).filter((name) => ownFunctions.test(name))).toEqual([]);
    for (const { verdicts } of result.unwinders) expect(verdicts.pass).toBeGreaterThan(0.98 * result.stops);
  });
});

describe('a static position-independent program with packed relocations', () => {
  const file = compileStatic('gcc', 'x86_64', source, ['-static-pie', '-Wl,-z,pack-relative-relocs']);

  it.skipIf(file === undefined)('relocates itself (needs gcc with a static C library)', () => {
    const job = { file: file ?? '', programArguments: ['one', 'two'], environment: ['WHO=me'] };
    const result = startProgram(job, 'pear\nfig\n');
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '5', signals: 4, unjudged: 0 });
  });
});

describe('a static program with musl', () => {
  const file = compileStatic('musl-gcc', 'x86_64', source);

  it.skipIf(file === undefined)('runs from its entry to its end (needs musl-gcc)', () => {
    const job = { file: file ?? '', programArguments: ['one', 'two'], environment: ['WHO=me'] };
    const result = startProgram(job, 'pear\nfig\n');
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '5', signals: 4, unjudged: 0 });
    expect(result.stdout!.text).toBe('3 two 13579 4.50 11\n[pear][fig]');
  });
});

describe.each([
  ['x86-64', libraryPath('busybox')],
  ['aarch64', libraryPath('busybox-aarch64')],
])('busybox for %s', (_, file) => {
  const input = 'pear\napple\nfig\n';
  const digest = createHash('sha256').update(input).digest('hex');
  it.skipIf(file === undefined).each([
    [['echo', 'hello'], 'hello\n'],
    [['sort'], 'apple\nfig\npear\n'],
    [['sha256sum'], `${digest}  -\n`],
    [['awk', '{ n += length($0) } END { print n, NR }'], '12 3\n'],
  ])('runs %j to its end (needs `npm run libraries exec`)', (programArguments, output) => {
    const result = startProgram({ file: file!, programArguments }, input);
    expect(result).toMatchObject({ outcome: 'finished', exitStatus: '0', unjudged: 0 });
    expect(result.stdout!.text).toBe(output);
    expect(notTheProducers(result)).toEqual([]);
    // Its own code has no call frame information, that of its C library has.
    expect(result.unwinders[0]!.verdicts.pass).toBeGreaterThan(4000);
  });
});
