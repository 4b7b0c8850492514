import { describe, expect, test } from 'vitest';
import { assemble, type CodeFunction, textSize } from '../../../generators/assembly/index.ts';
import { cfi } from '../../../generators/cfi/index.ts';
import * as x64 from '../../../generators/encoder/x86-64/index.ts';

const textAddress = 0x401000n;
const on = (functions: readonly CodeFunction[]) => assemble(functions, { architecture: 'x86-64', textAddress });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('assemble()', () => {
  test('resolves references forwards, backwards and to data outside', () => {
    const functions: CodeFunction[] = [
      { name: 'f', items: [{ label: 'top' }, x64.jmpShort('end'), x64.call('g'), { label: 'end' }, x64.jmp('top')] },
      { name: 'g', items: [x64.lea(x64.gpr.rax, x64.place('data')), x64.ret()] },
    ];
    const options = { architecture: 'x86-64', textAddress, outside: new Map([['data', 0x402000n]]) } as const;
    const { text, labels } = assemble(functions, options);
    expect(hex(text)).toBe(['eb05', 'e809000000', 'e9f4ffffff', '90'.repeat(4), '488d05e90f0000', 'c3'].join(''));
    expect(Object.fromEntries(labels)).toEqual({
      data: 0x402000n,
      f: 0x401000n,
      top: 0x401000n,
      end: 0x401007n,
      g: 0x401010n,
    });
  });

  test('leaves the instructions it was given unchanged', () => {
    const call = x64.call('g');
    on([
      { name: 'f', items: [call] },
      { name: 'g', items: [x64.ret()] },
    ]);
    expect(hex(call.bytes)).toBe('e800000000');
  });

  test('lays data out between instructions, resolves its references, and counts it as padding', () => {
    const pointer = {
      bytes: new Uint8Array(8),
      reference: {
        label: 'g',
        patch: (bytes: Uint8Array, _at: bigint, target: bigint) =>
          new DataView(bytes.buffer).setBigUint64(0, target, true),
      },
    };
    const functions: CodeFunction[] = [
      { name: 'f', items: [x64.ret(), { label: 'table' }, { data: pointer }, x64.nop(), { cfi: cfi.nop() }] },
      { name: 'g', items: [x64.ret()], align: 1 },
    ];
    const { text, labels, instructions, paddingBytes, functions: assembled } = on(functions);
    expect(textSize(functions)).toBe(11);
    expect(hex(text)).toBe('c3' + '0a10400000000000' + '90' + 'c3');
    expect(labels.get('table')).toBe(0x401001n);
    expect(instructions).toEqual([0x401000n, 0x401009n, 0x40100an]);
    expect(paddingBytes).toBe(8);
    expect(assembled[0]!.fde!.directives.map(({ offset }) => offset)).toEqual([10]);
  });

  test('lists every instruction, in FDEs or not, but no padding', () => {
    const { instructions, paddingBytes, functions } = on([
      { name: 'f', items: [x64.push(x64.gpr.rbx), x64.nop(9), x64.ret()] },
      { name: 'g', items: [x64.ret()], uncovered: true },
      { name: 'h', items: [x64.endbr64(), x64.ret()], align: 1 },
    ]);
    expect(instructions).toEqual([0x401000n, 0x401001n, 0x40100an, 0x401010n, 0x401011n, 0x401015n]);
    expect(paddingBytes).toBe(5);
    expect(functions.map(({ name, start, end, fde }) => [name, start, end, fde?.size])).toEqual([
      ['f', 0x401000n, 0x40100bn, 11],
      ['g', 0x401010n, 0x401011n, undefined],
      ['h', 0x401011n, 0x401016n, 5],
    ]);
  });

  test('gives each FDE its directives with their places in it', () => {
    const directive = cfi.defCfaOffset(16);
    const { functions } = on([
      { name: 'f', items: [x64.ret()] },
      { name: 'g', items: [{ cfi: cfi.nop() }, x64.push(x64.gpr.rbp), { cfi: directive }, x64.ret()], lsda: 'l' },
    ]);
    expect(functions[1]!.fde).toEqual({
      start: 0x401010n,
      size: 2,
      cie: {},
      lsda: 'l',
      directives: [
        { offset: 0, directive: cfi.nop() },
        { offset: 1, directive },
      ],
    });
  });

  test('pads AArch64 with NOP instructions', () => {
    const ret = { bytes: Uint8Array.of(0xc0, 0x03, 0x5f, 0xd6) };
    const functions = ['f', 'g'].map((name) => ({ name, items: [ret], align: 8 }));
    const { text } = assemble(functions, { architecture: 'aarch64', textAddress });
    expect(hex(text)).toBe('c0035fd6' + '1f2003d5' + 'c0035fd6');
  });

  test('textSize() tells the size before anything is resolved', () => {
    const functions: CodeFunction[] = [
      { name: 'f', items: [x64.call('g')] },
      { name: 'g', items: [{ label: 'l' }, x64.ret()], align: 64 },
    ];
    expect(textSize(functions)).toBe(65);
    expect(on(functions).text.length).toBe(65);
  });

  const broken: Record<string, { functions: readonly CodeFunction[]; message: string }> = {
    'a label defined twice in different functions': {
      functions: ['f', 'g'].map((name) => ({ name, items: [{ label: 'l' }] })),
      message: 'label l is defined twice',
    },
    'a label with the name of a function': {
      functions: [{ name: 'f', items: [{ label: 'f' }] }],
      message: 'label f is defined twice',
    },
    'a reference to no label': {
      functions: [{ name: 'f', items: [x64.call('g')] }],
      message: 'label g is not defined',
    },
    'a short jump over too far a distance': {
      functions: [{ name: 'f', items: [x64.jmpShort('l'), { bytes: new Uint8Array(128) }, { label: 'l' }] }],
      message: 'too far',
    },
    'CFI in a function without an FDE': {
      functions: [{ name: 'f', items: [{ cfi: cfi.nop() }], uncovered: true }],
      message: 'no FDE',
    },
    'an alignment above the text’s': {
      functions: [{ name: 'f', items: [], align: 0x2000 }],
      message: 'not aligned to 8192',
    },
  };
  test.each(Object.entries(broken))('refuses %s', (_, { functions, message }) => {
    expect(() => on(functions)).toThrow(message);
  });
});
