import { describe, expect, it } from 'vitest';
import type { Item } from '../../../generators/assembly/item.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { trampolineLabel } from '../../../generators/function/trampoline.ts';
import { architectures, callItems, data, makeCalls, type Name, readColumn, words } from './program.ts';

const [PROT_NONE, PROT_READ] = [0, 1];
const SIGUSR1 = 10;
const SIGUSR2 = 12;
const SIGCHLD = 17;
const [SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_NODEFER] = [4n, 0x04000000n, 0x08000000n, 0x40000000n];
const self = 1000;
const actions = data + 0x100n;
const alternate = { address: data + 0x4000n, size: 0x2000n };

/** Adds its first argument, the signal's number, to the word at `data`. */
function handler(architecture: Name): { name: string; items: Item[]; uncovered: true } {
  const { rax, rdi } = x86.gpr;
  const { x0, x1, x2 } = a64.registers;
  const items: Item[] =
    architecture === 'x86-64'
      ? [
          x86.movabs(rax, data),
          x86.load(x86.gpr.rcx, x86.at(rax)),
          x86.add(x86.gpr.rcx, rdi),
          x86.store(x86.at(rax), x86.gpr.rcx),
          x86.ret(),
        ]
      : [
          ...a64.movConstant(x1, data),
          a64.ldr(x2, a64.offset(x1)),
          a64.addRegister(x2, x2, x0),
          a64.str(x2, a64.offset(x1)),
          a64.ret(),
        ];
  return { name: 'handler', items, uncovered: true };
}

const returning = (architecture: Name): Item => (architecture === 'x86-64' ? x86.ret() : a64.ret());

/** The labels of a program do not depend on its data, so that a first run tells where they are. */
function signalled(
  architecture: Name,
  calls: Parameters<typeof makeCalls>[1],
  flags = SA_SIGINFO | SA_RESTORER,
  onStop?: NonNullable<Parameters<typeof makeCalls>[2]>['onStop'],
) {
  const functions = [handler(architecture)];
  const { labels } = makeCalls(architecture, calls, { functions });
  const restorer = (flags & SA_RESTORER) === 0n ? 0n : labels.get(trampolineLabel)!;
  const action = words(labels.get('handler')!, flags, restorer, 0);
  const content = { 256: action, 512: words(alternate.address, 0, alternate.size), 768: words(1n << 9n) };
  return makeCalls(architecture, calls, { functions, data: content, ...(onStop && { onStop }) });
}

const catchUser1 = ['rt_sigaction', SIGUSR1, actions, 0, 8] as const;
const raiseUser1 = ['tgkill', self, self, SIGUSR1] as const;
const handled = (program: ReturnType<typeof makeCalls>) =>
  Number(new BigUint64Array(program.bytes(0, 8).slice().buffer)[0]);

describe.each(architectures)('signals a program sends itself on %s', (architecture) => {
  it('run its handler, whose frame stands before the interrupted code, and then it goes on', () => {
    const kinds = new Set<string>();
    let interrupted: { registers: bigint[]; resumed: bigint } | undefined;
    let behind: bigint[] | undefined;
    const program = signalled(architecture, [catchUser1, raiseUser1, ['getpid']], undefined, (stop, labels) => {
      const { pc, columnCount } = stop.architecture;
      const all = (registers: Uint32Array) => Array.from({ length: columnCount }, (_, i) => readColumn(registers, i));
      const here = readColumn(stop.registers, pc);
      if (interrupted !== undefined && here === interrupted.resumed) behind ??= all(stop.registers);
      if (here !== labels.get('handler')) return;
      const frames = [stop.callers!, stop.callers!.behind!];
      kinds.add(frames.map(({ kind }) => kind).join());
      expect(readColumn(frames[0]!.registers, pc)).toBe(labels.get(trampolineLabel));
      interrupted = { registers: all(frames[1]!.registers), resumed: readColumn(frames[1]!.registers, pc) };
      expect([stop.depth, stop.ending]).toEqual([2, 'root']);
    });
    expect(kinds).toEqual(new Set(['trampoline,interrupted']));
    expect(behind).toEqual(interrupted!.registers);
    expect(program.results).toEqual([0n, 0n, BigInt(self)]);
    expect(handled(program)).toBe(SIGUSR1);
    expect(program.outcome.outcome).toBe('finished');
  });

  it('wait while they are blocked', () => {
    const [SIG_BLOCK, SIG_UNBLOCK] = [0, 1];
    const mask = data + 0x300n;
    const stopped = signalled(architecture, [catchUser1, ['rt_sigprocmask', SIG_BLOCK, mask, 0, 8], raiseUser1]);
    expect(handled(stopped)).toBe(0);
    const { results, bytes, ...rest } = signalled(architecture, [
      catchUser1,
      ['rt_sigprocmask', SIG_BLOCK, mask, 0, 8],
      raiseUser1,
      ['rt_sigpending', data + 0x308n, 8],
      ['rt_sigprocmask', SIG_UNBLOCK, mask, data + 0x310n, 8],
      ['rt_sigprocmask', 0, 0, data + 0x318n, 8],
      ['rt_sigprocmask', 7, mask, 0, 8],
      ['rt_sigprocmask', 0, 0x10000, 0, 8],
    ]);
    expect(results).toEqual([0n, 0n, 0n, 0n, 0n, 0n, -22n, -14n]);
    expect(bytes(0x308, 24)).toEqual(words(1n << 9n, 1n << 9n, 0));
    expect(handled({ results, bytes, ...rest })).toBe(SIGUSR1);
  });

  it('are handled on an alternate stack by those who ask for it', () => {
    const setStack = ['sigaltstack', data + 0x200n, 0] as const;
    const stackAt = (flags: bigint): bigint => {
      let sp = 0n;
      const calls = [catchUser1, setStack, raiseUser1, ['sigaltstack', 0, data + 0x400n]] as const;
      const program = signalled(architecture, calls, flags, (stop, labels) => {
        const { pc, sp: stackPointer } = stop.architecture;
        if (readColumn(stop.registers, pc) !== labels.get('handler')) return;
        sp = readColumn(stop.registers, stackPointer);
        expect(stop.callers!.behind!.kind).toBe('interrupted');
      });
      expect(program.results).toEqual([0n, 0n, 0n, 0n]);
      expect(handled(program)).toBe(SIGUSR1);
      expect(program.bytes(0x400, 8)).toEqual(words(alternate.address));
      return sp;
    };
    const isOnIt = (sp: bigint) => sp > alternate.address && sp < alternate.address + alternate.size;
    expect(isOnIt(stackAt(SA_RESTORER | SA_ONSTACK))).toBe(true);
    expect(isOnIt(stackAt(SA_RESTORER))).toBe(false);
  });

  it.each([
    ['has been taken away', PROT_NONE],
    ['can only be read', PROT_READ],
  ])('end it where the alternate stack %s, and what was before counts', (_, rights) => {
    const setStack = ['sigaltstack', data + 0x200n, 0] as const;
    const take = ['mprotect', alternate.address, alternate.size, rights] as const;
    const calls = [catchUser1, setStack, take, raiseUser1] as const;
    let stops = 0;
    const program = signalled(architecture, calls, SA_RESTORER | SA_ONSTACK, () => stops++);
    const detail = expect.stringMatching(/^no room for a signal frame/);
    expect(program.outcome).toMatchObject({ outcome: 'fault', detail, executed: stops });
    expect(handled(program)).toBe(0);
    expect(stops).toBeGreaterThan(10);
  });

  it('end it where the handler takes away the stack it runs on', () => {
    const map = ['mmap', 0, alternate.size, 3, 0x22, -1, 0] as const;
    const [address] = makeCalls(architecture, [map]).results;
    const take = callItems(architecture, ['munmap', address!, alternate.size], 9);
    const functions = [{ name: 'handler', items: [...take, returning(architecture)], uncovered: true as const }];
    const calls = [map, catchUser1, ['sigaltstack', data + 0x200n, 0], raiseUser1] as const;
    const { labels } = makeCalls(architecture, calls, { functions });
    const action = words(labels.get('handler')!, SA_RESTORER | SA_ONSTACK, labels.get(trampolineLabel)!, 0);
    const { outcome } = makeCalls(architecture, calls, {
      functions,
      data: { 256: action, 512: words(address!, 0, alternate.size) },
    });
    expect(outcome.outcome).toBe('fault');
    expect(outcome.detail).toMatch(
      architecture === 'aarch64' ? /^the signal frame cannot be read/ : /UNMAPPED|unmapped/,
    );
  });

  it('end it where it has no handler, unless that is of no consequence', () => {
    expect(makeCalls(architecture, [['kill', self, SIGUSR2]]).outcome).toMatchObject({
      outcome: 'fault',
      detail: expect.stringMatching(/^ended by signal 12 at 0x4\w+$/),
    });
    expect(makeCalls(architecture, [['kill', self, SIGCHLD]]).outcome.outcome).toBe('finished');
    const ignored = makeCalls(
      architecture,
      [
        ['rt_sigaction', SIGUSR2, actions, 0, 8],
        ['tkill', self, SIGUSR2],
        ['kill', self, 0],
        ['kill', self, 65],
      ],
      { data: { 256: words(1, 0, 0, 0) } },
    );
    expect([ignored.outcome.outcome, ignored.results]).toEqual(['finished', [0n, 0n, 0n, -22n]]);
  });

  it('cannot go to others, and some not be caught', () => {
    expect(makeCalls(architecture, [['kill', 1, SIGUSR1]]).outcome.detail).toMatch(/a signal to another process$/);
    const { results } = makeCalls(architecture, [
      ['rt_sigaction', 9, actions, 0, 8],
      ['rt_sigaction', 0, actions, 0, 8],
      ['rt_sigaction', SIGUSR1, 0x10000, 0, 8],
      ['rt_sigaction', SIGUSR1, 0, 0x10000, 8],
      ['rt_sigaction', SIGUSR1, 0, data, 4],
      ['sigaltstack', data, 0],
    ]);
    expect(results).toEqual([-22n, -22n, -14n, -14n, -22n, -12n]);
  });

  it('return to the kernel’s own code where the handler says nothing, or cannot return at all', () => {
    const program = signalled(architecture, [catchUser1, raiseUser1, ['getpid']], SA_NODEFER);
    expect([program.outcome.outcome, handled(program)]).toEqual(['finished', SIGUSR1]);
  });

  it('are returned from only in the trampoline of a handler', () => {
    const { outcome } = makeCalls(architecture, [['rt_sigreturn']]);
    expect(outcome.detail).toMatch(/rt_sigreturn\(.*: no signal handler returned to it$/);
  });
});
