import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CieOptions } from '../cfi/cie-options.ts';
import type { Random } from '../random.ts';
import { AArch64Writer } from './aarch64.ts';
import type { FrameStyle } from './style.ts';
import type { FunctionWriter } from './writer.ts';
import { X86_64Writer } from './x86-64.ts';

/**
 * A writer of one function of this style; `random` decides registers, values and forms. Its branches count the
 * selector's bits from `selectorShift`.
 */
export function createWriter(
  architecture: ArchitectureName,
  style: FrameStyle,
  random: Random,
  selectorShift = 0,
): FunctionWriter {
  return architecture === 'x86-64'
    ? new X86_64Writer(style, random, selectorShift)
    : new AArch64Writer(style, random, selectorShift);
}

/** The CIE functions of this style need. */
export function cieOf(style: FrameStyle): CieOptions {
  return style.sign === 'b' ? { bKey: true } : {};
}
