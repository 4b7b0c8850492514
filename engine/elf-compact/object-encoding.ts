import type { ArchitectureName } from '../architecture/index.ts';
import { FrameSection } from '../dwarf/index.ts';
import { rewriteFrames } from '../dwarf/write/rewrite-frames.ts';
import { distanceFromSections } from '../encoding/distance.ts';
import type { EncodedModule, Encoding, EncodingInput } from '../encoding/encoding.ts';
import { requireSection } from '../encoding/require-section.ts';
import type { DescriptorEncoder } from './descriptor-layout.ts';
import { encoderOf } from './encoder-of.ts';
import { FunctionDescriptors } from './function-descriptors.ts';
import { type DescriptorCoding, ObjectFormWriter, ObjectRowSource } from './object-form/index.ts';

export interface ObjectEncodingOptions {
  readonly name: string;
  readonly description: string;
  /** One of each architecture it is for. */
  readonly encoders: Readonly<Partial<Record<ArchitectureName, DescriptorEncoder>>>;
  readonly coding: DescriptorCoding;
}

/** Descriptors in the FDEs of an `.eh_frame`, as object files have them, beside ordinary FDEs. */
export function objectEncoding({ name, description, encoders, coding }: ObjectEncodingOptions): Encoding {
  return {
    name,
    description,
    architectures: Object.keys(encoders) as ArchitectureName[],
    files: 'objects',
    encode: (input) => encode(input, encoderOf(encoders, input.functions.architecture.name), coding),
    open(sections, architecture) {
      const section = requireSection(sections, '.eh_frame');
      const frames = new FrameSection({ kind: '.eh_frame', section, architecture });
      return new ObjectRowSource(frames, encoderOf(encoders, architecture.name).layout);
    },
  };
}

function encode(input: EncodingInput, encoder: DescriptorEncoder, coding: DescriptorCoding): EncodedModule {
  const { functions, frames, address } = input;
  const distance = distanceFromSections(input);
  const described = new FunctionDescriptors(functions, encoder, Number.POSITIVE_INFINITY);
  const { bytes, parts } = writeDescribed(described, distance, coding);
  const kept = rewriteFrames(frames, described.fdeOffsets(), address + BigInt(bytes.length));
  const all = new Uint8Array(bytes.length + kept.bytes.length);
  all.set(bytes);
  all.set(kept.bytes, bytes.length);
  return {
    sections: [{ name: '.eh_frame', address, bytes: all }],
    parts: { ...parts, eh_frame: kept.bytes.length },
    descriptors: described.counts,
    fallbacks: described.fallbacksWith(kept),
  };
}

function writeDescribed(
  described: FunctionDescriptors,
  distance: number,
  coding: DescriptorCoding,
): ReturnType<ObjectFormWriter['finish']> {
  const { functions } = described;
  const { start, end, lsda, personality, personalities } = functions;
  const routines = personalities.map(({ address, indirect }) => (address + distance) | (indirect ? 1 : 0));
  const writer = new ObjectFormWriter(functions.architecture, routines, coding);
  for (const [i, own] of described.byFunction()) {
    if (own.count === 0) continue;
    const area = described.hasLsda(i) ? lsda[i]! + distance : undefined;
    writer.add(start[i]! + distance, end[i]! + distance, own, personality[i]!, area);
  }
  return writer.finish();
}
