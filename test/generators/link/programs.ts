import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../../generators/assembly/index.ts';
import { type CieOptions, cfi } from '../../../generators/cfi/index.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x64 from '../../../generators/encoder/x86-64/index.ts';
import type { DataBlock } from '../../../generators/link/index.ts';

/** A caller and a callee with data, for each architecture. */
export function sampleFunctions(architecture: ArchitectureName, cie: CieOptions = {}): CodeFunction[] {
  return architecture === 'x86-64' ? x64Functions(cie) : a64Functions(cie);
}

export const sampleData: readonly DataBlock[] = [
  { label: 'table', bytes: new Uint8Array(20), pointers: [{ offset: 8, label: 'leaf' }] },
  { label: 'odd', bytes: Uint8Array.of(1, 2, 3), align: 1 },
  { label: 'counter', bytes: new Uint8Array(8), writable: true },
];

function x64Functions(cie: CieOptions): CodeFunction[] {
  const { rax, rbp, rsp } = x64.gpr;
  return [
    {
      name: 'start',
      cie,
      items: [
        x64.push(rbp),
        { cfi: cfi.defCfaOffset(16) },
        { cfi: cfi.offset(6, -16) },
        x64.mov(rbp, rsp),
        { cfi: cfi.defCfaRegister(6) },
        x64.lea(rax, x64.place('counter')),
        x64.call('leaf'),
        { label: 'after call' },
        x64.pop(rbp),
        { cfi: cfi.defCfa(7, 8) },
        x64.ret(),
      ],
    },
    { name: 'leaf', cie, items: [x64.movabsLabel(rax, 'table'), x64.ret()] },
    { name: 'bare', uncovered: true, items: [x64.ud2()] },
  ];
}

function a64Functions(cie: CieOptions): CodeFunction[] {
  const { x0, x29, x30, sp } = a64.registers;
  return [
    {
      name: 'start',
      cie,
      items: [
        a64.stp(x29, x30, a64.preIndex(sp, -16)),
        { cfi: cfi.defCfaOffset(16) },
        { cfi: cfi.offset(29, -16) },
        { cfi: cfi.offset(30, -8) },
        a64.adr(x0, 'counter'),
        a64.bl('leaf'),
        { label: 'after call' },
        a64.ldp(x29, x30, a64.postIndex(sp, 16)),
        { cfi: cfi.restore(29) },
        { cfi: cfi.restore(30) },
        { cfi: cfi.defCfaOffset(0) },
        a64.ret(),
      ],
    },
    { name: 'leaf', cie, items: [a64.ret()] },
    { name: 'bare', uncovered: true, items: [a64.ret()] },
  ];
}
