import type { ArchitectureName } from '../../engine/index.ts';
import type { Item } from '../../generators/assembly/index.ts';
import { cfi, dwarf, expression } from '../../generators/cfi/index.ts';
import { nop as aarch64Nop } from '../../generators/encoder/aarch64/index.ts';
import { nop as x86Nop } from '../../generators/encoder/x86-64/index.ts';
import { linkProgram } from '../../generators/link/index.ts';

const [rsp, rbx] = [7, 3];

/** One small file for each known difference, by its id: it must appear there, whatever else is compared. */
const proofs: Readonly<Record<string, { architecture: ArchitectureName; items: readonly Item[] }>> = {
  'llvm-restore-state-keeps-cfa': {
    architecture: 'x86-64',
    items: [
      { cfi: cfi.rememberState() },
      x86Nop(),
      { cfi: cfi.defCfa(rsp, 32) },
      x86Nop(),
      { cfi: cfi.restoreState() },
      x86Nop(),
    ],
  },
  'llvm-restore-state-keeps-cfa-expression': {
    architecture: 'x86-64',
    items: [
      { cfi: cfi.rememberState() },
      x86Nop(),
      { cfi: cfi.defCfaExpression(expression(dwarf.breg(rsp, 32))) },
      x86Nop(),
      { cfi: cfi.restoreState() },
      { cfi: cfi.defCfaOffset(16) },
      x86Nop(),
    ],
  },
  'llvm-second-toggle-still-signed': {
    architecture: 'aarch64',
    items: [aarch64Nop(), { cfi: cfi.negateRaState() }, aarch64Nop(), { cfi: cfi.negateRaState() }, aarch64Nop()],
  },
  'llvm-no-advance-loc8': {
    architecture: 'x86-64',
    items: [x86Nop(), { cfi: cfi.mipsAdvanceLoc8() }, { cfi: cfi.defCfaOffset(16) }, x86Nop()],
  },
  'llvm-no-negative-offset': {
    architecture: 'x86-64',
    items: [x86Nop(), { cfi: cfi.gnuNegativeOffsetExtended(rbx, 16) }, x86Nop()],
  },
  'llvm-set-loc-not-encoded': {
    architecture: 'x86-64',
    // The last instruction is behind the 8 bytes that LLVM 14 takes for the operand.
    items: [x86Nop(), { cfi: cfi.setLoc() }, { cfi: cfi.raw(0, 0, 0, 0) }, { cfi: cfi.defCfaOffset(16) }, x86Nop()],
  },
};

/** The file that proves a known difference. Throws where there is none for it. */
export function proofOf(id: string): Uint8Array {
  const proof = proofs[id];
  if (proof === undefined) throw new Error(`no file proves the known difference ${id}`);
  const { architecture, items } = proof;
  return linkProgram([{ name: 'proof', items }], { architecture }).image;
}
