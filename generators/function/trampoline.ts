import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction, Instruction } from '../assembly/index.ts';
import { type CfiDirective, type CieOptions, cfi, dwarf, expression } from '../cfi/index.ts';
import * as a64 from '../encoder/aarch64/index.ts';
import * as x86 from '../encoder/x86-64/index.ts';
import type { ExtraFde } from '../link/index.ts';

/** Label of the code a signal handler returns to. */
export const trampolineLabel = 'trampoline';
/** Label of the padding before it, where its FDE begins. */
const beforeLabel = 'trampoline.before';

/** `usual`: the code by which debuggers and unwinders know a trampoline; `other`: code that does the same. */
export type TrampolineSpelling = 'usual' | 'other';

function sigreturn(architecture: ArchitectureName, spelling: TrampolineSpelling): readonly Instruction[] {
  if (architecture === 'aarch64') {
    const number = a64.movz(a64.registers.x8, 139);
    return spelling === 'usual' ? [number, a64.svc()] : [number, a64.nop(), a64.svc()];
  }
  const { rax } = x86.gpr;
  return [spelling === 'usual' ? x86.movImmediate(rax, 15) : x86.mov32Immediate(rax, 15), x86.syscall()];
}

/**
 * The sigreturn trampoline as two functions without FDEs: what stands before it, padding or the end of some code that
 * nothing executes, and itself.
 */
export function trampolineCode(
  architecture: ArchitectureName,
  behind: 'padding' | 'code' = 'padding',
  spelling: TrampolineSpelling = 'usual',
): CodeFunction[] {
  const [padding, code] = architecture === 'x86-64' ? [x86.nop(), x86.hlt()] : [a64.nop(), a64.brk()];
  return [
    { name: beforeLabel, items: [behind === 'padding' ? padding : code], uncovered: true },
    { name: trampolineLabel, items: sigreturn(architecture, spelling), uncovered: true, align: 1 },
  ];
}

/** Addresses that never execute: the padding the FDE begins at, so that a lookup of PC - 1 finds it. */
export const trampolinePadding: readonly string[] = [beforeLabel];

/**
 * The FDE of the trampoline as one who does not know about lookups of PC - 1 writes it: it begins at the first
 * instruction, and nothing describes the byte before.
 */
export function trampolineFdeAtStart(architecture: ArchitectureName): ExtraFde {
  const early = trampolineFde(architecture);
  return { ...early, label: trampolineLabel, size: early.size - (architecture === 'x86-64' ? 1 : 4) };
}

/**
 * The FDE of the trampoline as the C library (x86-64 `__restore_rt`) and the kernel's vdso have it: a signal frame that
 * begins one instruction early, with a rule for every register the kernel saved.
 */
export function trampolineFde(architecture: ArchitectureName, spelling: TrampolineSpelling = 'usual'): ExtraFde {
  const [cie, directives] = architecture === 'x86-64' ? x86_64Rules() : aarch64Rules();
  const before = architecture === 'x86-64' ? 1 : 4;
  const size = sigreturn(architecture, spelling).reduce((sum, { bytes }) => sum + bytes.length, before);
  return {
    label: beforeLabel,
    size,
    cie,
    directives: directives.map((directive) => ({ offset: 0, directive })),
    order: 'last',
  };
}

/**
 * The FDE that the vdso of Linux before 5.8 had for `__kernel_rt_sigreturn`: the frame record of the kernel's frame, as
 * if the interrupted function had called. It names its x29 and x30, but neither its PC nor its SP.
 */
export function oldVdsoFde(): ExtraFde {
  const { x29, x30 } = a64.registers;
  const [fp, lr] = [a64.dwarfNumber(x29), a64.dwarfNumber(x30)];
  const rules = [cfi.defCfa(fp, 0), cfi.offset(fp, 0), cfi.offsetExtendedSf(lr, 8)];
  return {
    ...trampolineFde('aarch64'),
    cie: { signalFrame: true },
    directives: rules.map((directive) => ({ offset: 0, directive })),
  };
}

/** SP points at the ucontext; its sigcontext's registers begin 40 bytes in (uapi/asm/sigcontext.h). */
function x86_64Rules(): [CieOptions, CfiDirective[]] {
  const { r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp } = x86.gpr;
  const order = [r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp];
  const stackPointer = x86.dwarfNumber(rsp);
  const slot = (i: number) => 40 + 8 * i;
  const rspSlot = slot(order.indexOf(rsp));
  const rules = order.map((register, i) =>
    cfi.expression(x86.dwarfNumber(register), expression(dwarf.breg(stackPointer, slot(i)))),
  );
  const returnRule = cfi.expression(x86.dwarfReturnAddress, expression(dwarf.breg(stackPointer, slot(order.length))));
  const cfa = cfi.defCfaExpression(expression(dwarf.breg(stackPointer, rspSlot), dwarf.deref()));
  return [{ signalFrame: true }, [cfa, ...rules, returnRule]];
}

/** SP points at the rt_sigframe: siginfo (128), then the ucontext, whose sigcontext is 176 bytes in. */
function aarch64Rules(): [CieOptions, CfiDirective[]] {
  const programCounter = 32;
  const registers = 128 + 176 + 8;
  const vectors = 128 + 176 + 288 + 16;
  const { sp } = a64.registers;
  const general = Array.from({ length: 31 }, (_, i) => cfi.offsetExtendedSf(i, registers + 8 * i));
  const doubles = a64.dRegisters
    .slice(8, 16)
    .map((register) => cfi.offsetExtendedSf(a64.dwarfNumber(register), vectors + 16 * register.code));
  return [
    { signalFrame: true, returnColumn: programCounter },
    [
      cfi.defCfa(a64.dwarfNumber(sp), 0),
      ...general,
      cfi.offsetExtendedSf(a64.dwarfNumber(sp), registers + 8 * 31),
      cfi.offsetExtendedSf(programCounter, registers + 8 * 32),
      ...doubles,
    ],
  ];
}
