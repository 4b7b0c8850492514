import type { ByteWriter } from '../byte-writer.ts';
import type { Fde } from './fde.ts';
import { writeInstructions } from './instructions.ts';
import { writeLength, writePointer } from './pointer.ts';
import type { Cie, FrameSectionName } from './resolve-cie.ts';
import { writeSized } from './write-cie.ts';
import type { FrameSectionContext } from './write-frame-section.ts';

/** Writes an FDE behind its length field, with a CIE pointer of zero to be patched. */
export function writeFde(
  writer: ByteWriter,
  section: FrameSectionName,
  fde: Fde,
  cie: Cie,
  context: FrameSectionContext,
): void {
  writer.integer(0n, section === '.debug_frame' && cie.format === 64 ? 8 : 4);
  writePointer(writer, cie.pointerEncoding, fde.start, context);
  writeLength(writer, cie.pointerEncoding, fde.size);
  if (cie.augmentation === 'sized') {
    writeSized(writer, () => {
      if (cie.lsdaEncoding !== null) {
        const lsda = fde.lsda === undefined ? null : context.addressOf(fde.lsda);
        writePointer(writer, cie.lsdaEncoding, lsda, context, fde.start);
      }
      writer.bytes(Uint8Array.from(cie.unknown?.fdeData ?? []));
    });
  }
  writeInstructions(writer, fde.directives, {
    ...cie,
    writeLocation: (target, offset) =>
      writePointer(target, cie.pointerEncoding, fde.start + BigInt(offset), context, fde.start),
  });
}
