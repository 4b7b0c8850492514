import type { ByteWriter } from '../byte-writer.ts';
import { writeInstructions } from './instructions.ts';
import { writePointer } from './pointer.ts';
import type { Cie, FrameSectionName } from './resolve-cie.ts';
import type { FrameSectionContext } from './write-frame-section.ts';

/** Writes a CIE behind its length field (DWARF 5, section 6.4.1; LSB, "The Common Information Entry Format"). */
export function writeCie(writer: ByteWriter, section: FrameSectionName, cie: Cie, context: FrameSectionContext): void {
  if (section === '.eh_frame') writer.u32(0);
  else writer.integer(-1n, cie.format === 64 ? 8 : 4);
  writer.u8(cie.version);
  writer.string(augmentationString(cie));
  if (cie.augmentation === 'eh') writer.u64(0n);
  if (cie.augmentation === 'opaque') writer.bytes(Uint8Array.of(0x7f, 0x80, 0x81));
  if (cie.version === 4) {
    writer.u8(8); // address_size
    writer.u8(0); // segment_selector_size
  }
  writer.uleb(cie.codeAlignment);
  writer.sleb(cie.dataAlignment);
  if (cie.version === 1) writer.u8(cie.returnColumn);
  else writer.uleb(cie.returnColumn);
  if (cie.augmentation === 'sized') writeAugmentationData(writer, cie, context);
  const directives = cie.initial.map((directive) => ({ offset: 0, directive }));
  writeInstructions(writer, directives, {
    ...cie,
    writeLocation() {
      throw new RangeError('a CIE has no location to set');
    },
  });
}

function augmentationString(cie: Cie): string {
  if (cie.augmentation === 'eh') return 'eh';
  if (cie.augmentation === 'opaque') return 'X';
  const letters = [
    cie.augmentation === 'sized' ? 'z' : '',
    cie.personality ? 'P' : '',
    cie.lsdaEncoding !== null ? 'L' : '',
    cie.pointerEncodingWritten ? 'R' : '',
    cie.signalFrame ? 'S' : '',
    cie.bKey ? 'B' : '',
    cie.unknown?.letter ?? '',
  ];
  return letters.join('');
}

function writeAugmentationData(writer: ByteWriter, cie: Cie, context: FrameSectionContext): void {
  writeSized(writer, () => {
    if (cie.personality) {
      writer.u8(cie.personality.encoding);
      writePointer(writer, cie.personality.encoding, context.addressOf(cie.personality.label), context);
    }
    if (cie.lsdaEncoding !== null) writer.u8(cie.lsdaEncoding);
    if (cie.pointerEncodingWritten) writer.u8(cie.pointerEncoding);
    if (cie.unknown) writer.bytes(Uint8Array.from(cie.unknown.data));
  });
}

/** Writes augmentation data behind its length, a ULEB128 of one byte. */
export function writeSized(writer: ByteWriter, content: () => void): void {
  writer.u8(0);
  const start = writer.length;
  content();
  const size = writer.length - start;
  if (size > 0x7f) throw new RangeError(`${size} bytes of augmentation data`);
  writer.patch(start - 1, BigInt(size), 1);
}
