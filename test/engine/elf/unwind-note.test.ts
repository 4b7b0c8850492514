import { describe, expect, it } from 'vitest';
import { findUnwindNote } from '../../../engine/elf/unwind-note.ts';
import { PT_NOTE, readElf, UnwindError, unwindNoteSize, writeUnwindNote } from '../../../engine/index.ts';
import { smallElf } from './small-elf.ts';

const address = 0x5000n;
const note = {
  encoding: 'compact',
  sections: [
    { name: '.eh_frame_hdr', address: 0x4000n, size: 0x123 },
    { name: '.eh_frame', address: 0x7000n, size: 4 },
  ],
};

/** A file whose only note segment has these bytes. */
function withNotes(bytes: Uint8Array) {
  return readElf(
    smallElf({
      type: 3,
      machine: 62,
      sections: [{ name: '.note', type: 7, flags: 2, address, bytes }],
      segments: [{ type: PT_NOTE, flags: 4, address, section: 1 }],
    }),
  );
}

const other = Uint8Array.from([4, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0x47, 0x4e, 0x55, 0, 1, 2, 3, 4, 5, 0, 0, 0]);

describe('findUnwindNote()', () => {
  it('reads what was written, behind other notes', () => {
    const at = address + BigInt(other.length);
    const written = writeUnwindNote(note, at);
    expect(written.length).toBe(unwindNoteSize(note));
    expect(findUnwindNote(withNotes(Uint8Array.from([...other, ...written])))).toEqual(note);
  });

  it('finds none where there are only others', () => {
    expect(findUnwindNote(withNotes(other))).toBeUndefined();
    expect(findUnwindNote(withNotes(other.subarray(0, 20)))).toBeUndefined();
  });

  it.each([
    ['more sections than fit', (bytes: Uint8Array) => bytes.fill(0xff, 24, 28)],
    ['a section too few', (bytes: Uint8Array) => bytes.fill(1, 24, 25)],
    ['a name without its end', (bytes: Uint8Array) => bytes.set([0x61], bytes.lastIndexOf(0x65) + 1)],
  ])('refuses one with %s', (_, damage) => {
    const bytes = writeUnwindNote(note, address);
    damage(bytes);
    expect(() => findUnwindNote(withNotes(bytes))).toThrowError(UnwindError);
  });
});
