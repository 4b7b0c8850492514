/** A file's changes: the path behind `b/`, and hunks in order. */
export interface FilePatch {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

interface Hunk {
  /** Line of the old file the hunk begins at, from 1, where lines have not moved since it was made. */
  readonly start: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A patch is malformed or does not fit the file it is for. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** Reads a unified diff between lines of other text; throws a `PatchError` where it is none. */
export function parsePatch(text: string): FilePatch[] {
  const lines = text.split('\n');
  const files: { path: string; hunks: Hunk[] }[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.startsWith('--- a/')) {
      const next = lines[++i] ?? '';
      const path = line.slice('--- a/'.length);
      if (next !== `+++ b/${path}`) throw new PatchError(`line ${i + 1}: expected "+++ b/${path}"`);
      files.push({ path, hunks: [] });
    } else if (line.startsWith('@@')) {
      const file = files.at(-1);
      if (file === undefined) throw new PatchError(`line ${i + 1}: a hunk before any file`);
      const { hunk, end } = parseHunk(lines, i);
      file.hunks.push(hunk);
      i = end - 1;
    }
  }
  if (files.length === 0 || files.some(({ hunks }) => hunks.length === 0)) {
    throw new PatchError('expected a unified diff with at least one hunk for each file');
  }
  return files;
}

function parseHunk(lines: readonly string[], at: number): { hunk: Hunk; end: number } {
  const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[at]!);
  if (header === null) throw new PatchError(`line ${at + 1}: expected "@@ -START,COUNT +START,COUNT @@"`);
  const [oldCount, newCount] = [Number(header[2] ?? 1), Number(header[3] ?? 1)];
  const before: string[] = [];
  const after: string[] = [];
  let end = at + 1;
  for (; before.length < oldCount || after.length < newCount; end++) {
    const line = lines[end];
    const content = line?.slice(1);
    if (line === undefined || content === undefined || !/^[ +-]/.test(line)) {
      throw new PatchError(`line ${end + 1}: expected ${oldCount} old and ${newCount} new lines in the hunk`);
    }
    if (line[0] !== '+') before.push(content);
    if (line[0] !== '-') after.push(content);
  }
  if (before.length > oldCount || after.length > newCount) {
    throw new PatchError(`line ${at + 1}: the hunk has other numbers of lines than its header says`);
  }
  return { hunk: { start: Number(header[1]), before, after }, end };
}

/**
 * Applies a file's changes. Every old line must be there exactly as the patch has it. A hunk may have moved, as long as
 * its lines occur only once. Throws a `PatchError` otherwise.
 */
export function applyPatch(source: string, patch: FilePatch): string {
  const lines = source.split('\n');
  let from = 0;
  let moved = 0;
  for (const [number, { start, before, after }] of patch.hunks.entries()) {
    const expected = start - 1 + moved;
    const places = placesOf(before, lines, from);
    const place = places.length === 1 ? places[0] : places.find((candidate) => candidate === expected);
    if (place === undefined) {
      const found =
        places.length === 0 ? 'not there' : `there ${places.length} times, none of them at line ${expected + 1}`;
      throw new PatchError(`hunk ${number + 1} does not apply to ${patch.path}: its lines are ${found}`);
    }
    lines.splice(place, before.length, ...after);
    from = place + after.length;
    moved += after.length - before.length;
  }
  return lines.join('\n');
}

function placesOf(block: readonly string[], lines: readonly string[], from: number): number[] {
  const places: number[] = [];
  for (let at = from; at + block.length <= lines.length; at++) {
    if (block.every((line, i) => lines[at + i] === line)) places.push(at);
  }
  return places;
}
