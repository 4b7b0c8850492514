import type { EncodedModule } from '../../engine/index.ts';

/** What is wrong with what an encoding made of so many functions; undefined where nothing is. */
export function encodedProblem(encoded: EncodedModule, functionCount: number, address: bigint): string | undefined {
  const { sections, parts, descriptors, fallbacks } = encoded;
  if (!Array.isArray(sections) || sections.length === 0) return 'made no sections';
  let end = address;
  for (const section of sections) {
    const { name } = section;
    if (typeof section.address !== 'bigint' || !(section.bytes instanceof Uint8Array)) {
      return `made a section ${name} without an address (a bigint) or bytes (a Uint8Array)`;
    }
    if (section === sections[0] ? section.address !== end : section.address < end) {
      return `made a section ${name} at 0x${section.address.toString(16)}, expected 0x${end.toString(16)}`;
    }
    end = section.address + BigInt(section.bytes.length);
  }
  const size = sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const ofParts = Object.values(parts ?? {}).reduce((sum, part) => sum + part, 0);
  if (ofParts !== size) return `made parts of ${ofParts} bytes in sections of ${size}`;
  if (!(descriptors instanceof Uint32Array) || descriptors.length !== functionCount) {
    return `returned no Uint32Array of ${functionCount} numbers of descriptors`;
  }
  if (!(fallbacks instanceof Map)) return 'returned no Map of functions that stay DWARF';
  const wrong = descriptors.findIndex((count, i) => (count === 0) !== fallbacks.has(i));
  if (wrong >= 0) return `left it open whether function ${wrong} stays DWARF: it has ${descriptors[wrong]} descriptors`;
  return undefined;
}
