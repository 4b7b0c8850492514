import { type ElfFile, type ElfSegment, ET_DYN, PT_DYNAMIC } from '../../../engine/index.ts';
import { DF_1_PIE, DT_FLAGS_1, DT_NEEDED, DT_NULL, PT_INTERP } from '../dynamic/constants.ts';

/**
 * Whether somebody else must link a file before its code can run: a shared library, or an executable that asks for an
 * interpreter or depends on libraries. A static position-independent executable relocates itself.
 */
export function dependsOnLoader({ type, segments }: ElfFile): boolean {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (dynamic === undefined) return false;
  if (segments.some((segment) => segment.type === PT_INTERP)) return true;
  const tags = readTags(dynamic);
  if (tags.has(DT_NEEDED)) return true;
  return type === ET_DYN && ((tags.get(DT_FLAGS_1) ?? 0n) & DF_1_PIE) === 0n;
}

function readTags({ bytes }: ElfSegment): ReadonlyMap<bigint, bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tags = new Map<bigint, bigint>();
  for (let offset = 0; offset + 16 <= view.byteLength; offset += 16) {
    const tag = view.getBigUint64(offset, true);
    if (tag === DT_NULL) break;
    tags.set(tag, view.getBigUint64(offset + 8, true));
  }
  return tags;
}
