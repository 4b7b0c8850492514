import { UnwindError } from '../../errors.ts';
import { ByteReader } from '../byte-reader.ts';
import { DW_CFA_nop, DW_CFA_set_loc } from '../constants.ts';
import type { FrameSection } from '../frame-section.ts';
import type { ByteWriter } from './byte-writer.ts';
import { skipOperands } from './skip-instruction.ts';

/**
 * Copies instructions, without the padding behind them. Returns false where one is unknown or cut off: everything from
 * there on is copied as it is, so that whoever executes it meets the same error, unless something is put behind it.
 * `copyLocation` moves the reader behind the operand of `DW_CFA_set_loc` and writes what takes its place; without it, the
 * instruction counts as unknown. Throws what `copyLocation` throws.
 */
export function copyInstructions(
  section: FrameSection,
  from: number,
  to: number,
  out: ByteWriter,
  copyLocation?: (reader: ByteReader) => void,
): boolean {
  const { bytes } = section.section;
  const reader = new ByteReader(bytes, section.kind);
  reader.window(from, to);
  // What has been copied already, and where the last instruction ends that is no padding.
  let copied = from;
  let significant = from;
  while (reader.position < to) {
    const opcode = reader.u8();
    if (opcode === DW_CFA_set_loc && copyLocation !== undefined) {
      out.append(bytes.subarray(copied, reader.position));
      copyLocation(reader);
      copied = reader.position;
    } else if (!skipWhole(reader, opcode)) {
      out.append(bytes.subarray(copied, to));
      return false;
    }
    if (opcode !== DW_CFA_nop) significant = reader.position;
  }
  out.append(bytes.subarray(copied, significant));
  return true;
}

function skipWhole(reader: ByteReader, opcode: number): boolean {
  try {
    return skipOperands(reader, opcode);
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return false;
  }
}
