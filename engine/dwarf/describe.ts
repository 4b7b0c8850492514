import type { UnwindError } from '../errors.ts';
import { Row } from '../row/row.ts';
import { Fde } from './fde.ts';
import type { FrameSection } from './frame-section.ts';
import { scanSection } from './scan.ts';

/** An FDE for tools and reports. */
export interface FdeSummary {
  /** Offset of the FDE's length field in its section. */
  readonly offset: number;
  /** Offset of its CIE; -1 where the pointer to it is broken. */
  readonly cieOffset: number;
  /** First address it covers, and the first behind it; both 0 where they could not be decoded. */
  readonly start: bigint;
  readonly end: bigint;
  /** Address of the language-specific data area, or of the pointer to it where `lsdaIndirect`. */
  readonly lsda?: bigint;
  readonly lsdaIndirect?: boolean;
  readonly signalFrame: boolean;
  readonly augmentation: string;
  /** Why the FDE cannot be used for unwinding. Its own instructions are not looked at, see `rowsOf`. */
  readonly error?: UnwindError;
}

/** Every FDE of a section in its order, broken ones included. */
export function fdes(section: FrameSection): Iterable<FdeSummary> {
  const summaries: FdeSummary[] = [];
  scanSection(section, {
    fde: (fde) => summaries.push(summary(fde)),
    broken: (error, offset, cieOffset) =>
      summaries.push({ offset, cieOffset, start: 0n, end: 0n, signalFrame: false, augmentation: '', error }),
  });
  return summaries;
}

/**
 * Every row of the FDE at an offset, in order, each in an object of its own. Throws `UnwindError` where the FDE cannot
 * be read, and behind the last good row where its instructions break.
 */
export function* rowsOf(section: FrameSection, offset: number): Generator<Row, void, undefined> {
  const fde = new Fde();
  section.readFde(offset, fde);
  const cie = fde.cie!;
  const machine = section.createMachine();
  machine.start(fde, cie, section.initialState(cie));
  while (machine.runToNext()) {
    const row = new Row(section.architecture.columnCount);
    machine.fill(row);
    yield row;
  }
}

function summary(fde: Fde): FdeSummary {
  const cie = fde.cie!;
  return {
    offset: fde.offset,
    cieOffset: cie.offset,
    start: join(fde.startLo, fde.startHi),
    end: join(fde.endLo, fde.endHi),
    ...(fde.lsda.present && { lsda: join(fde.lsda.lo, fde.lsda.hi), lsdaIndirect: fde.lsda.indirect }),
    signalFrame: cie.signalFrame,
    augmentation: cie.augmentation,
    ...(cie.problem !== undefined && { error: cie.problem }),
  };
}

function join(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}
