import type { Architecture } from '../architecture/index.ts';
import { UnwindError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { DW_EH_PE_absptr, DW_EH_PE_omit } from './constants.ts';
import { EntryHeader, type FrameSectionKind, readEntryHeader } from './entry-header.ts';
import { EncodedPointer, type PointerBases, readEncodedPointer } from './pointer-encoding.ts';

/** Bytes of a pointer on both architectures. */
const pointerSize = 8;
/** No augmentation string in use is longer than a dozen letters. */
const longestAugmentation = 255;

/** How FDEs hold compact unwind descriptors: as published, or packed (ours). */
export type CompactAugmentation = 'C' | 'K';

/** A common information entry (DWARF 5, section 6.4.1; LSB ".eh_frame" for the augmentation). */
export class Cie {
  readonly offset: number;
  version = 0;
  augmentation = '';
  addressSize = pointerSize;
  codeAlignment = 1;
  /** Two's complement halves. */
  dataAlignmentLo = 0;
  dataAlignmentHi = 0;
  /** The same as a number where it is not 0 and its magnitude is below 2^15, otherwise 0. */
  smallDataAlignment = 0;
  /** Column of the return-address register. */
  returnColumn = 0;
  /** FDEs of this CIE have augmentation data with a length (`z`). */
  augmentationData = false;
  fdeEncoding: number = DW_EH_PE_absptr;
  lsdaEncoding: number = DW_EH_PE_omit;
  readonly personality = new EncodedPointer();
  /** `S`: frames of these functions were interrupted, not calling. */
  signalFrame = false;
  /** `B`: return addresses are signed with the B key. */
  bKey = false;
  /** `G`: stack frames are tagged (MTE). */
  taggedFrame = false;
  /** FDEs hold compact unwind descriptors instead of instructions, as this last letter says. `problem` is set. */
  compact: CompactAugmentation | undefined;
  instructionsStart = 0;
  instructionsEnd = 0;
  /** Set where FDEs of this CIE cover addresses, but their instructions cannot be used. */
  problem: UnwindError | undefined;
  /** The rules after the initial instructions, once they have been evaluated. */
  initial: Uint32Array | undefined;

  constructor(offset: number) {
    this.offset = offset;
  }
}

/**
 * Parses the CIE at an offset. Throws `UnwindError` where not even the addresses of its FDEs can be decoded; where only
 * their instructions cannot, `problem` is set.
 */
export function readCie(
  reader: ByteReader,
  kind: FrameSectionKind,
  architecture: Architecture,
  bases: PointerBases,
  offset: number,
): Cie {
  const header = new EntryHeader();
  readEntryHeader(reader, kind, offset, header);
  if (header.kind !== 'cie') throw reader.invalid('a CIE', offset);
  const cie = new Cie(offset);
  cie.version = reader.u8();
  if (cie.version !== 1 && cie.version !== 3 && cie.version !== 4) {
    throw new UnwindError('unsupported', kind, reader.position - 1, `expected a CIE of version 1, 3 or 4`);
  }
  const augmentationOffset = reader.position;
  cie.augmentation = reader.cString(longestAugmentation);
  if (!layoutKnown(cie.augmentation)) {
    cie.problem = unknownAugmentation(cie, kind, augmentationOffset);
    return cie;
  }
  if (cie.augmentation === 'eh') reader.skip(pointerSize, 0);
  if (cie.version === 4) readSizes(reader, cie);
  const factorsOffset = reader.position;
  const codeAlignment = reader.uleb();
  if (codeAlignment === 0 || reader.hi !== 0)
    throw reader.invalid('a code alignment factor of 1 to 2^32-1', factorsOffset);
  cie.codeAlignment = codeAlignment;
  cie.dataAlignmentLo = reader.sleb();
  cie.dataAlignmentHi = reader.hi;
  const small = cie.dataAlignmentLo | 0;
  if (Math.abs(small) < 0x8000 && small >> 31 === (reader.hi | 0)) cie.smallDataAlignment = small;
  const returnOffset = reader.position;
  const register = cie.version === 1 ? reader.u8() : reader.uleb();
  const column = cie.version > 1 && reader.hi !== 0 ? undefined : architecture.dwarfToColumn[register];
  if (column === undefined || column < 0) {
    const expectation = `expected a return-address register of ${architecture.name}`;
    cie.problem = new UnwindError('unsupported', kind, returnOffset, expectation);
  } else cie.returnColumn = column;
  readAugmentation(reader, cie, bases, augmentationOffset);
  cie.instructionsStart = reader.position;
  cie.instructionsEnd = header.end;
  return cie;
}

/** Without `z`, only letters without data and `eh` leave the place of what follows the string known. */
function layoutKnown(augmentation: string): boolean {
  return augmentation.startsWith('z') || augmentation === 'eh' || /^[SBG]*$/.test(augmentation);
}

/** Version 4 says how wide addresses and segment selectors are. */
function readSizes(reader: ByteReader, cie: Cie): void {
  const offset = reader.position;
  cie.addressSize = reader.u8();
  const segmentSelectorSize = reader.u8();
  if ((cie.addressSize !== 4 && cie.addressSize !== 8) || segmentSelectorSize !== 0) {
    const expectation = 'expected addresses of 4 or 8 bytes without segment selectors';
    throw new UnwindError('unsupported', reader.section, offset, expectation);
  }
}

/** The augmentation letters in order, each with its data, if any. */
function readAugmentation(reader: ByteReader, cie: Cie, bases: PointerBases, augmentationOffset: number): void {
  const { augmentation } = cie;
  const entryEnd = reader.end;
  if (augmentation.startsWith('z')) {
    cie.augmentationData = true;
    const length = reader.uleb();
    const start = reader.skip(length, reader.hi);
    reader.window(start, start + length);
  }
  const dataEnd = cie.augmentationData ? reader.end : reader.position;
  let lost = false;
  for (let i = cie.augmentationData ? 1 : 0; i < augmentation.length; i++) {
    const letter = augmentation[i]!;
    if (letter === 'S') cie.signalFrame = true;
    else if (letter === 'B') cie.bKey = true;
    else if (letter === 'G') cie.taggedFrame = true;
    else if (letter === 'C' || letter === 'K') {
      cie.compact = i === augmentation.length - 1 ? letter : undefined;
      cie.problem = unknownAugmentation(cie, reader.section, augmentationOffset);
    } else if (letter !== 'P' && letter !== 'L' && letter !== 'R') lost = true;
    else if (!lost) readLetterData(reader, cie, letter, bases);
    // How much data an unknown letter has is not known, hence neither how FDE addresses are encoded.
    else if (letter === 'R') throw unknownAugmentation(cie, reader.section, augmentationOffset);
  }
  reader.window(dataEnd, entryEnd);
}

function readLetterData(reader: ByteReader, cie: Cie, letter: 'P' | 'L' | 'R', bases: PointerBases): void {
  const encoding = reader.u8();
  if (letter === 'R') cie.fdeEncoding = encoding;
  else if (letter === 'L') cie.lsdaEncoding = encoding;
  else readEncodedPointer(reader, encoding, cie.addressSize, bases, undefined, cie.personality);
}

function unknownAugmentation(cie: Cie, section: string, offset: number): UnwindError {
  const expectation = `expected a known augmentation, found "${cie.augmentation}"`;
  return new UnwindError('unsupported', section, offset, expectation);
}
