import type { ArchitectureName } from '../../../engine/index.ts';
import type { CodeFunction, Item } from '../../../generators/assembly/index.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x64 from '../../../generators/encoder/x86-64/index.ts';
import { plain } from '../../../generators/encoder/x86-64/operation.ts';

/** Label of the code that TLS descriptors name; no symbol of a file is called so. */
export const descriptorResolver = '__plumbline_tls_descriptor';
export const threadStorageFunction = '__tls_get_addr';

/** What stands for functions that nobody defines: they return 0, and access to thread-local storage is real. */
export function stubFunctions(architecture: ArchitectureName, names: readonly string[]): CodeFunction[] {
  const code = architecture === 'x86-64' ? x86_64 : aarch64;
  return [
    { name: descriptorResolver, items: code.descriptor() },
    ...names.map((name) => ({ name, items: name === threadStorageFunction ? code.storage() : code.nothing() })),
  ];
}

interface StubCode {
  /** Returns 0. */
  nothing(): Item[];
  /** A TLS descriptor's resolver: only the result may change; it is the descriptor's second word. */
  descriptor(): Item[];
  /** `__tls_get_addr`: the vector of modules is behind the thread pointer, 16 bytes an entry. */
  storage(): Item[];
}

const { rax, rdi, rdx } = x64.gpr;
const x86_64: StubCode = {
  nothing: () => [x64.xor32(rax, rax), x64.ret()],
  descriptor: () => [x64.load(rax, x64.at(rax, 8)), x64.ret()],
  storage: () => [
    // mov rdx, fs:[8]
    plain([0x64, 0x48, 0x8b, 0x14, 0x25, 8, 0, 0, 0]),
    x64.load(rax, x64.at(rdi)),
    x64.add(rax, rax),
    x64.load(rax, x64.indexed(rdx, rax, 8)),
    x64.addMemory(rax, x64.at(rdi, 8)),
    x64.ret(),
  ],
};

const { x0, x1, x2 } = a64.registers;
const aarch64: StubCode = {
  nothing: () => [a64.movz(x0, 0), a64.ret()],
  descriptor: () => [a64.ldr(x0, a64.offset(x0, 8)), a64.ret()],
  storage: () => [
    a64.mrs(x1, 'tpidr_el0'),
    a64.ldr(x1, a64.offset(x1)),
    a64.ldr(x2, a64.offset(x0)),
    a64.addRegister(x1, x1, x2, { kind: 'lsl', amount: 4 }),
    a64.ldr(x1, a64.offset(x1)),
    a64.ldr(x2, a64.offset(x0, 8)),
    a64.addRegister(x0, x1, x2),
    a64.ret(),
  ],
};
