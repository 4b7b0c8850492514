import type { ArchitectureName } from '../architecture/index.ts';
import type { DescriptorEncoder } from './descriptor-layout.ts';

/** The encoder for an architecture. Throws `RangeError` where there is none. */
export function encoderOf(
  encoders: Readonly<Partial<Record<ArchitectureName, DescriptorEncoder>>>,
  architecture: ArchitectureName,
): DescriptorEncoder {
  const encoder = encoders[architecture];
  if (encoder === undefined) {
    throw new RangeError(`expected ${Object.keys(encoders).join(' or ')}, found ${architecture}`);
  }
  return encoder;
}
