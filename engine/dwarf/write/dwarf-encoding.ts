import { distanceFromSections } from '../../encoding/distance.ts';
import type { EncodedModule, Encoding, EncodingInput } from '../../encoding/encoding.ts';
import { requireSection } from '../../encoding/require-section.ts';
import { FrameSection } from '../frame-section.ts';
import { HeaderRowSource } from '../header-row-source.ts';
import { rewriteFrames, unmovableReason } from './rewrite-frames.ts';
import { type HeaderEntry, headerSize, writeHeader } from './write-header.ts';

/** `.eh_frame` and the version 1 of `.eh_frame_hdr`: what other encodings are compared with. */
export const dwarfEncoding: Encoding = {
  name: 'dwarf',
  description: 'call frame information as linkers write it, with a sorted table',
  architectures: ['x86-64', 'aarch64'],
  encode,
  open(sections, architecture) {
    const section = requireSection(sections, '.eh_frame');
    const frames = new FrameSection({ kind: '.eh_frame', section, architecture });
    return new HeaderRowSource(requireSection(sections, '.eh_frame_hdr'), frames);
  },
};

function encode(input: EncodingInput): EncodedModule {
  const { functions, frames, address } = input;
  const { count, start, fdeOffset } = functions;
  const distance = distanceFromSections(input);
  const framesAt = alignUp(headerSize(count));
  const rewritten = rewriteFrames(frames, fdeOffset, address + BigInt(framesAt));
  const entries: HeaderEntry[] = [];
  const descriptors = new Uint32Array(count);
  const fallbacks = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const fde = rewritten.fdeOffset.get(fdeOffset[i]!);
    if (fde === undefined) fallbacks.set(i, unmovableReason);
    else {
      entries.push({ start: start[i]! + distance, fde: framesAt + fde });
      descriptors[i] = 1;
    }
  }
  const header = new Uint8Array(framesAt);
  header.set(writeHeader(framesAt, entries));
  return {
    sections: [
      { name: '.eh_frame_hdr', address, bytes: header },
      { name: '.eh_frame', address: address + BigInt(framesAt), bytes: rewritten.bytes },
    ],
    parts: { header: header.length, eh_frame: rewritten.bytes.length },
    descriptors,
    fallbacks,
  };
}

/** Entries of `.eh_frame` lie at multiples of 8. */
function alignUp(size: number): number {
  return (size + 7) & ~7;
}
