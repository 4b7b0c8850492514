/**
 * Plumbline's unwinder: from the registers and the memory of a stopped program to the frames of its stack.
 *
 * `file` is the bytes of an ELF file that lies at `loadBias` in the program, `registers` the register file at the stop
 * (see `Architecture`), `stackStart` and `stackBytes` a part of its stack:
 *
 * ```js
 * import { FrameBuffer, Memory, MemoryWindow, openElfModule, readElf, Walker } from 'plumbline-unwind';
 *
 * const elf = readElf(file);
 * const { architecture } = elf;
 * const module = openElfModule(elf, { name: 'a.out', loadBias, lookup: 'list' });
 * const memory = new Memory([new MemoryWindow(stackStart, stackBytes)]);
 * const walker = new Walker(architecture, [module]);
 *
 * const frames = new FrameBuffer(architecture, 64);
 * frames.start(registers);
 * walker.walk(memory, frames);
 * for (let i = 0; i < frames.count; i++) {
 *   console.log(`#${i} 0x${frames.value(i, architecture.pc).toString(16)}`);
 * }
 * console.log(frames.ending);
 * ```
 *
 * A walker and its buffers serve any number of walks and allocate nothing for them.
 *
 * @module
 */

export { AddressSpace } from './address-space.ts';
export * from './architecture/index.ts';
export { RuleCache, type RuleCacheCounters, type RuleCacheOptions } from './cache/rule-cache.ts';
export { RuleSets } from './cache/rule-sets.ts';
export { type AddressCursor, captureAddresses } from './capture.ts';
export * from './dwarf/index.ts';
export * from './elf/index.ts';
export { compactEncodings } from './elf-compact/encodings.ts';
export * from './encoding/index.ts';
export { UnwindError, type UnwindErrorKind } from './errors.ts';
export { type Ending, FrameBuffer } from './frames.ts';
export { LocationCursor } from './location/location-cursor.ts';
export { Memory, MemoryWindow } from './memory.ts';
export { Module } from './module.ts';
export { precompute } from './precomputed/precompute.ts';
export { formatRow } from './row/format-row.ts';
export { CfaKind, Row, RuleKind } from './row/row.ts';
export { RowApplier } from './row/row-applier.ts';
export type { RowSource } from './row/source.ts';
export type { CursorOptions } from './rule-cursor.ts';
export { StackCursor } from './stack-cursor.ts';
export { Step } from './step.ts';
export { type FrameCursor, Walker } from './walker.ts';
