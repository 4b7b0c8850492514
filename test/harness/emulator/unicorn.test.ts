import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { aarch64, codeAddress, processor, stackAddress, stackTop, x86_64 } from './processor.ts';

const { rax, rbx, rcx, rsp } = x86.gpr;
const columns = { rax: 0, rcx: 2, rbx: 3, rsp: 7, rip: 16 };
const { x0, x1, x30, sp } = a64.registers;

describe('the code hook', () => {
  it('sees every instruction in every run, also those that were executed before', () => {
    const { run, set, emulator } = processor(x86_64, [x86.nop(), x86.inc(rax), x86.inc(rax), x86.nop()]);
    const at = [0n, 1n, 4n, 7n].map((offset) => codeAddress + offset);
    const first = run((pc) => pc === codeAddress + 8n);
    expect(first.pcs).toEqual(at);
    set(columns.rip, codeAddress);
    expect(run((pc) => pc === codeAddress + 8n).pcs).toEqual(at);
    emulator.close();
  });

  it('stops before the instruction at which it returns false, with exact registers, and goes on from there', () => {
    const { run, get, emulator } = processor(x86_64, [x86.inc(rax), x86.inc(rax), x86.inc(rax), x86.nop()]);
    expect(run((_, seen) => seen === 2).end).toEqual({ kind: 'stopped' });
    expect([get(columns.rip), get(columns.rax)]).toEqual([codeAddress + 6n, 2n]);
    // The first instruction of the second run is the one that was not executed.
    expect(run((_, seen) => seen === 1).pcs).toEqual([codeAddress + 6n]);
    expect([get(columns.rip), get(columns.rax)]).toEqual([codeAddress + 9n, 3n]);
    emulator.close();
  });

  it('hands an exception of its own to the caller, and the processor stays usable', () => {
    const { run, get, emulator } = processor(x86_64, [x86.inc(rax), x86.inc(rax), x86.nop()]);
    const failing = () =>
      run((_, seen) => {
        if (seen === 1) throw new RangeError('from the hook');
        return false;
      });
    expect(failing).toThrow(new RangeError('from the hook'));
    expect(get(columns.rax)).toBe(1n);
    expect(run((_, seen) => seen === 1).pcs).toEqual([codeAddress + 3n]);
    emulator.close();
  });

  it('sees system calls before they execute, so that none passes in silence', () => {
    const { run, emulator } = processor(x86_64, [x86.nop(), x86.syscall(), x86.nop()]);
    expect(run((pc) => pc === codeAddress + 1n).end).toEqual({ kind: 'stopped' });
    emulator.close();
  });
});

describe('memory', () => {
  it('is shared with JavaScript in both directions, without copies', () => {
    const { run, get, stack, emulator } = processor(x86_64, [
      x86.load(rax, x86.at(rsp)),
      x86.store(x86.at(rsp, 8), rax),
      x86.nop(),
    ]);
    const view = new DataView(stack.buffer);
    view.setBigUint64(0xff00, 0x1122_3344_5566_7788n, true);
    run((_, seen) => seen === 2);
    expect(get(columns.rax)).toBe(0x1122_3344_5566_7788n);
    expect(view.getBigUint64(0xff08, true)).toBe(0x1122_3344_5566_7788n);
    emulator.close();
  });

  it('is refused in parts of pages', () => {
    const emulator = unicornFactory().open(x86_64, 'test');
    const segment = { bytes: new Uint8Array(0x1000), readable: true, writable: true, executable: false };
    expect(() => emulator.map({ ...segment, address: 0x1234n })).toThrow(RangeError);
    expect(() => emulator.map({ ...segment, address: 0x1000n, bytes: new Uint8Array(0x800) })).toThrow(RangeError);
    emulator.close();
  });

  it('can be mapped and released over and over', () => {
    for (let i = 0; i < 300; i++) {
      const { run, emulator } = processor(i % 2 === 0 ? x86_64 : aarch64, []);
      run(() => true);
      emulator.close();
    }
    expect(process.memoryUsage.rss()).toBeLessThan(2 ** 30);
  });
});

describe('a fault', () => {
  const faults = [
    ['reading unmapped memory', x86.load(rax, x86.at(rbx, 0x10))],
    ['writing unmapped memory', x86.store(x86.at(rbx, 0x10), rax)],
    ['int3', x86.int3()],
    ['ud2', x86.ud2()],
  ] as const;
  it.each(faults)('by %s says so, with the PC at the instruction and not at its block', (_, instruction) => {
    const { run, get, emulator } = processor(x86_64, [x86.inc(rcx), x86.inc(rcx), instruction, x86.nop()]);
    const { end, pcs } = run();
    expect(end.kind).toBe('fault');
    expect(pcs.at(-1)).toBe(codeAddress + 6n);
    expect(get(columns.rcx)).toBe(2n);
    // int3 is a trap: the processor is past it.
    if (instruction.bytes[0] !== 0xcc) expect(get(columns.rip)).toBe(codeAddress + 6n);
    emulator.close();
  });

  it('by calling an unmapped address leaves the processor at that address, the call done', () => {
    const { run, get, emulator } = processor(x86_64, [x86.callRegister(rax)]);
    const { end, pcs } = run();
    expect([end.kind, pcs]).toEqual(['fault', [codeAddress]]);
    expect([get(columns.rip), get(columns.rsp)]).toEqual([0n, stackTop - 8n]);
    emulator.close();
  });

  it.each([
    ['brk', a64.brk()],
    ['udf', a64.udf()],
    ['hlt', a64.hlt()],
  ])('by AArch64 %s says so', (_, instruction) => {
    const { run, emulator } = processor(aarch64, [a64.nop(), instruction]);
    const { end, pcs } = run();
    expect(end.kind).toBe('fault');
    expect(pcs).toEqual([codeAddress, codeAddress + 4n]);
    emulator.close();
  });
});

describe('registers', () => {
  it.each([x86_64, aarch64])('of $name arrive where they are meant to, and come back', (architecture) => {
    const { set, get, emulator } = processor(architecture, []);
    const value = (column: number) => 0x0123_4567_89ab_cd00n + BigInt(column);
    const real = architecture.columnNames
      .map((_, column) => column)
      .filter((column) => ![architecture.pc, architecture.sp, architecture.signState].includes(column));
    for (const column of real) set(column, value(column));
    emulator.writeRegisters();
    emulator.registers.fill(0);
    set(architecture.pc, codeAddress);
    // Stopped before anything executes: what is read back is what the processor holds.
    emulator.run(() => false);
    for (const column of real) expect(get(column)).toBe(value(column));
    emulator.close();
  });

  it('of vectors and flags survive a round trip', () => {
    const { emulator } = processor(aarch64, []);
    emulator.vectors.forEach((_, i, all) => {
      all[i] = (i * 7) & 0xff;
    });
    emulator.writeVectors();
    emulator.vectors.fill(0);
    emulator.readVectors();
    expect(emulator.vectors.every((byte, i) => byte === ((i * 7) & 0xff))).toBe(true);
    emulator.writeFlags(0xa000_0000n);
    expect(emulator.readFlags()).toBe(0xa000_0000n);
    emulator.close();
  });
});

describe('the thread pointer', () => {
  /** `mov %fs:0x10, %rax` */
  const readsThroughFs = { bytes: Uint8Array.of(0x64, 0x48, 0x8b, 0x04, 0x25, 0x10, 0, 0, 0) };

  it('is the base of FS: a guest reads its own storage through it', () => {
    const { run, get, stack, emulator } = processor(x86_64, [readsThroughFs, x86.nop()]);
    new DataView(stack.buffer).setBigUint64(0x2010, 0x1122_3344_5566_7788n, true);
    emulator.writeThreadPointer(stackAddress + 0x2000n);
    run((_, seen) => seen === 1);
    expect(get(columns.rax)).toBe(0x1122_3344_5566_7788n);
    expect(emulator.readThreadPointer()).toBe(stackAddress + 0x2000n);
    emulator.close();
  });

  it('is TPIDR_EL0: a guest reads it and writes it', () => {
    const { run, get, set, emulator } = processor(aarch64, [
      a64.mrs(x0, 'tpidr_el0'),
      a64.msr('tpidr_el0', x1),
      a64.nop(),
    ]);
    emulator.writeThreadPointer(0x7fff_1234_5678_9ab0n);
    set(1, 0x5555_0000_0010n);
    run((_, seen) => seen === 2);
    expect(get(0)).toBe(0x7fff_1234_5678_9ab0n);
    expect(emulator.readThreadPointer()).toBe(0x5555_0000_0010n);
    emulator.close();
  });
});

describe('pointer authentication', () => {
  const signed = 0x5eed_0000_1234n;
  /** Signs x30 for SP, and authenticates it again. */
  function sign(seed: string, address?: bigint): { signed: bigint; authenticated: bigint; mask: bigint } {
    const { run, set, get, emulator } = processor(aarch64, [a64.paciasp(), a64.autiasp(), a64.nop()], {
      seed,
      ...(address === undefined ? {} : { address, stack: address + 0x10_0000n }),
    });
    set(30, signed);
    run((_, seen) => seen === 1);
    const first = get(30);
    run((_, seen) => seen === 1);
    const result = { signed: first, authenticated: get(30), mask: BigInt(emulator.pacMaskHi) << 32n };
    emulator.close();
    return result;
  }

  it('signs within the mask, with keys from the seed, and authenticates', () => {
    const results = Array.from({ length: 24 }, (_, i) => sign(`seed ${i}`));
    for (const { signed: code, authenticated, mask } of results) {
      expect(code & ~mask).toBe(signed);
      expect(authenticated).toBe(signed);
    }
    const used = results.reduce((bits, { signed: code }) => bits | (code ^ signed), 0n);
    expect(used).toBe(results[0]!.mask);
    expect(new Set(results.map(({ signed: code }) => code)).size).toBeGreaterThan(20);
    expect(sign('seed 0')).toEqual(results[0]);
  });

  it('poisons a return address that was tampered with', () => {
    const { run, set, get, emulator } = processor(aarch64, [
      a64.paciasp(),
      a64.addImmediate(sp, sp, 16),
      a64.autiasp(),
      a64.nop(),
    ]);
    set(30, signed);
    run((_, seen) => seen === 3);
    expect(get(30)).not.toBe(signed);
    emulator.close();
  });

  it.each([0x7fff_ffff_0000n, 0x0000_8000_0000_0000n, 0xffff_8000_0000_0000n])(
    'works with code and stack at %#x',
    (address) => {
      const { signed: code, authenticated } = sign('seed', address);
      expect(code).not.toBe(signed);
      expect(authenticated).toBe(signed);
    },
  );

  it('leaves nothing mapped behind from switching it on', () => {
    const { set, run, emulator } = processor(aarch64, []);
    set(aarch64.pc, 0x1000n);
    expect(run().end.kind).toBe('fault');
    emulator.close();
  });
});

describe('the upper half', () => {
  it.each([
    ['x86-64', x86_64, [x86.push(rax), x86.nop()]],
    ['aarch64', aarch64, [a64.stp(x30, x1, a64.preIndex(sp, -16)), a64.mov(x0, sp)]],
  ] as const)('holds code and stack of %s', (_, architecture, instructions) => {
    const address = 0xffff_ffff_8000_0000n;
    const { run, emulator } = processor(architecture, instructions, { address, stack: 0xffff_c900_0000_0000n });
    expect(run((_pc, seen) => seen === 2).end).toEqual({ kind: 'stopped' });
    emulator.close();
  });
});
