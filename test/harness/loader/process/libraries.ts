import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchitectureName } from '../../../../engine/index.ts';

/** C compilers of the two architectures, and the options that ask for the other way to reach thread-local storage. */
export const compilers: readonly { name: ArchitectureName; gcc: string; dialects: readonly string[] }[] = [
  { name: 'x86-64', gcc: 'gcc', dialects: ['-mtls-dialect=gnu', '-mtls-dialect=gnu2'] },
  { name: 'aarch64', gcc: 'aarch64-linux-gnu-gcc', dialects: ['-mtls-dialect=desc', '-mtls-dialect=trad'] },
];

const dependency = `
  int first_pick(void) { return 1; }
  int second_pick(void) { return 2; }
  __asm__(".symver first_pick, pick@V1");
  __asm__(".symver second_pick, pick@@V2");
  __thread int counter = 7;
  int shared_value = 40, ready;
  __attribute__((constructor)) static void prepare(void) { ready = 5; }
`;

const versions = `
  V1 { global: pick; };
  V2 { global: pick; counter; shared_value; ready; local: *; } V1;
`;

const library = `
  extern int pick(void), old_pick(void), absent(int), absent_weak(void) __attribute__((weak));
  __asm__(".symver old_pick, pick@V1");
  extern __thread int counter;
  __thread int own = 3;
  extern int shared_value, ready;
  int order, writes;
  static int chosen(void) { return 11; }
  static void *choose(void) { return chosen; }
  int indirect(void) __attribute__((ifunc("choose")));
  #ifdef __x86_64__
  enum { number_of_mmap = 9, number_of_brk = 12 };
  static char *ask(long number, long a, long b, long c, long d) {
    register long flags __asm__("r10") = d;
    register long file __asm__("r8") = -1;
    register long offset __asm__("r9") = 0;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(flags), "r"(file), "r"(offset) : "rcx", "r11", "memory");
    return (char *)number;
  }
  #else
  enum { number_of_mmap = 222, number_of_brk = 214 };
  static char *ask(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = -1;
    register long x5 __asm__("x5") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return (char *)x0;
  }
  #endif
  static char *mapped, *heap;
  __attribute__((constructor)) static void begin(void) {
    order = ready * 2;
    mapped = ask(number_of_mmap, 0, 8192, 3, 0x22);
    mapped[5000] = 42;
    heap = ask(number_of_brk, 0, 0, 0, 0);
    ask(number_of_brk, (long)heap + 4096, 0, 0, 0);
    heap[10] = 7;
  }
  int given(void) { return mapped[5000]++ * 10 + heap[10]++; }
  int heap_goes_on(void) { return ask(number_of_brk, 0, 0, 0, 0) - heap; }
  int next_is_apart(void) { return ask(number_of_mmap, 0, 4096, 3, 0x22) + 4096 <= mapped; }
  int new_version(void) { return pick(); }
  int old_version(void) { return old_pick(); }
  int storage(void) { return counter * 100 + own; }
  int call_indirect(void) { return indirect() + 1; }
  int initialised(void) { return order; }
  int missing(void) { return absent(3) + (absent_weak ? 1 : 0); }
  int data(void) { return shared_value; }
  int count_writes(void) { return ++writes; }
  int through(char *pointer) { return *pointer = 1; }
  int descend(int depth) { volatile int here = depth; return descend(here + 1) + here; }
`;

/** Builds a library that depends on another one in the same folder; returns its path. */
export function buildLibraries(gcc: string, dialect: string, extra: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-libraries-'));
  const at = (name: string) => join(folder, name);
  writeFileSync(at('dependency.c'), dependency);
  writeFileSync(at('versions'), versions);
  writeFileSync(at('library.c'), library);
  const common = ['-O1', '-shared', '-fPIC', '-nostdlib', '-fno-stack-protector', dialect];
  const compile = (...args: string[]) => execFileSync(gcc, [...common, ...args], { cwd: folder, stdio: 'pipe' });
  compile(
    '-Wl,-soname,libdependency.so.1',
    '-Wl,--version-script=versions',
    '-o',
    'libdependency.so.1',
    'dependency.c',
  );
  compile(...extra, '-o', 'library.so', 'library.c', './libdependency.so.1');
  return at('library.so');
}
