import { type Architecture, CfaKind, type Module, type Row, RuleKind } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchModule } from '../bench-stack.ts';

/** A register of the caller in the frame of a callee. */
export interface SavedRegister {
  readonly column: number;
  /** From the CFA, bytes, negative. */
  readonly offset: number;
}

/** A place behind a call, with the row that holds there: a frame can be built for it. */
export interface CallSite {
  /** The return address. */
  readonly pc: bigint;
  /** CFA − SP, bytes. */
  readonly frameSize: number;
  /** Without the return address, which is at CFA − 8. */
  readonly saved: readonly SavedRegister[];
}

/** Larger frames are left out: a few would make up most of the stack's memory. */
const largestFrame = 1024;
/** Room for the return address and the frame record's link below it. */
const smallestFrame = 16;
/** `call rel32` */
const callOpcode = 0xe8;
const callSize = 5;
/** How far from a random place a call is looked for. */
const searchDistance = 4096;

/**
 * Up to `count` different places behind a `call rel32` of an x86-64 module's `.text`, chosen at random among those whose
 * CFA is RSP + N and whose other rules all save registers in the frame.
 */
export function findCallSites(
  { elf, loadBias }: BenchModule,
  module: Module,
  random: Random,
  count: number,
  accept: (site: CallSite) => boolean = () => true,
): CallSite[] {
  const text = elf.section('.text');
  if (text === undefined) return [];
  const { bytes, address } = text;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<bigint, CallSite>();
  for (let attempt = 0; attempt < 20 * count + 1000 && found.size < count; attempt++) {
    const from = random.below(Math.max(1, bytes.length - callSize));
    const call = findCall(view, from);
    if (call < 0) continue;
    const site = callSiteAt(module, address + loadBias + BigInt(call + callSize));
    if (site !== undefined && accept(site)) found.set(site.pc, site);
  }
  return [...found.values()];
}

/** Offset of the next byte that, read as a call, leads into the section; -1 where none is near. */
function findCall(view: DataView, from: number): number {
  const end = Math.min(view.byteLength - callSize, from + searchDistance);
  for (let offset = from; offset < end; offset++) {
    if (view.getUint8(offset) !== callOpcode) continue;
    const target = offset + callSize + view.getInt32(offset + 1, true);
    if (target >= 0 && target < view.byteLength) return offset;
  }
  return -1;
}

/** The frame of a return address; undefined where its row is of another kind, or does not hold on both sides of it. */
export function callSiteAt(module: Module, pc: bigint): CallSite | undefined {
  const row = module.rowAt(pc - 1n);
  const behind = module.rowAt(pc);
  if (row === undefined || behind === undefined) return undefined;
  if (row.startLo !== behind.startLo || row.startHi !== behind.startHi) return undefined;
  return siteOf(row, pc, module.architecture);
}

function siteOf(row: Row, pc: bigint, { sp, pc: pcColumn }: Architecture): CallSite | undefined {
  const frameSize = row.cfaLo;
  if (row.cfaKind !== CfaKind.registerOffset || row.cfaColumn !== sp || row.cfaHi !== 0 || row.signalFrame) {
    return undefined;
  }
  if (frameSize < smallestFrame || frameSize > largestFrame || frameSize % 8 !== 0) return undefined;
  const saved: SavedRegister[] = [];
  let returnAddress = false;
  for (let i = 0; i < row.ruleCount; i++) {
    const offset = row.ruleLo[i]! | 0;
    const column = row.ruleColumn[i]!;
    if (row.ruleKind[i] !== RuleKind.offset || column === sp) return undefined;
    if (offset >= 0 || offset < -frameSize || offset % 8 !== 0) return undefined;
    if (column !== pcColumn) saved.push({ column, offset });
    else if (offset === -8) returnAddress = true;
  }
  return returnAddress ? { pc, frameSize, saved } : undefined;
}
