import type { ArchitectureName } from '../architecture/index.ts';
import { FrameSection } from '../dwarf/index.ts';
import { type RewrittenFrames, rewriteFrames } from '../dwarf/write/rewrite-frames.ts';
import { distanceFromSections } from '../encoding/distance.ts';
import type { EncodedModule, Encoding, EncodingInput } from '../encoding/encoding.ts';
import { requireSection } from '../encoding/require-section.ts';
import { UnwindError } from '../errors.ts';
import type { DescriptorEncoder } from './descriptor-layout.ts';
import { DescriptorRowSource } from './descriptor-row-source.ts';
import { encoderOf } from './encoder-of.ts';
import { FunctionDescriptors } from './function-descriptors.ts';
import { linkContent } from './link-content.ts';
import type { LinkedForm } from './linked-form.ts';
import { mostPersonalities } from './modes.ts';

export interface LinkedEncodingOptions {
  readonly name: string;
  readonly description: string;
  readonly form: LinkedForm;
  /** One of each architecture it is for. */
  readonly encoders: Readonly<Partial<Record<ArchitectureName, DescriptorEncoder>>>;
}

/** Entries of `.eh_frame` lie at multiples of this. */
const alignment = 8;

/** More rounds than any section needs to settle: sizes grow by a few bytes at most from the second one on. */
const mostRounds = 16;

/** Descriptors in an `.eh_frame_hdr` section, followed by an `.eh_frame` with the FDEs of functions without. */
export function linkedEncoding({ name, description, form, encoders }: LinkedEncodingOptions): Encoding {
  return {
    name,
    description,
    architectures: Object.keys(encoders) as ArchitectureName[],
    encode: (input) => encode(input, encoderOf(encoders, input.functions.architecture.name), form),
    open(sections, architecture) {
      const { bytes, address } = requireSection(sections, '.eh_frame_hdr');
      const section = sections.find((candidate) => candidate.name === '.eh_frame');
      return new DescriptorRowSource({
        index: form.open(bytes),
        layout: encoderOf(encoders, architecture.name).layout,
        address,
        frames: section === undefined ? undefined : new FrameSection({ kind: '.eh_frame', section, architecture }),
      });
    },
  };
}

function encode(input: EncodingInput, encoder: DescriptorEncoder, form: LinkedForm): EncodedModule {
  const { functions, frames, address } = input;
  const distance = distanceFromSections(input);
  const described = new FunctionDescriptors(functions, encoder, mostPersonalities);
  let kept = rewriteFrames(frames, described.fdeOffsets(), address);
  const linked = linkContent(described, distance, kept.fdeOffset.keys(), encoder.layout);
  // Descriptors say where FDEs are, FDEs lie behind the header, and how long that is depends on the descriptors.
  let framesAt = 0;
  for (let round = 0; round < mostRounds; round++) {
    linked.place((offset) => framesAt + placeOf(kept, offset));
    const { bytes, parts } = form.write(linked.content);
    if (bytes.length <= framesAt) return assemble(input, described, kept, bytes, parts, framesAt);
    framesAt = (bytes.length + alignment - 1) & -alignment;
    kept = rewriteFrames(frames, kept.fdeOffset.keys(), address + BigInt(framesAt));
  }
  throw new UnwindError('unsupported', '.eh_frame_hdr', -1, 'expected a header whose size settles');
}

function placeOf({ fdeOffset, unmovable }: RewrittenFrames, offset: number): number {
  const place = fdeOffset.get(offset);
  if (place === undefined) throw unmovable.get(offset) ?? new RangeError(`expected an FDE at ${offset}`);
  return place;
}

function assemble(
  { address }: EncodingInput,
  described: FunctionDescriptors,
  kept: RewrittenFrames,
  header: Uint8Array,
  parts: Readonly<Record<string, number>>,
  framesAt: number,
): EncodedModule {
  const padded = new Uint8Array(framesAt);
  padded.set(header);
  return {
    sections: [
      { name: '.eh_frame_hdr', address, bytes: padded },
      { name: '.eh_frame', address: address + BigInt(framesAt), bytes: kept.bytes },
    ],
    parts: { ...parts, padding: framesAt - header.length, eh_frame: kept.bytes.length },
    descriptors: described.counts,
    fallbacks: described.fallbacksWith(kept),
  };
}
