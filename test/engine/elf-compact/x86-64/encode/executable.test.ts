import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FrameSection } from '../../../../../engine/dwarf/frame-section.ts';
import { ListRowSource } from '../../../../../engine/dwarf/index.ts';
import { findFrameSection } from '../../../../../engine/elf/frame-sections.ts';
import { readElf } from '../../../../../engine/elf/index.ts';
import { DescriptorList } from '../../../../../engine/elf-compact/descriptor-list.ts';
import { extendedEncoder, g3Encoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import { buildFunctionTable, type FunctionTable, FunctionView } from '../../../../../engine/encoding/index.ts';
import { decode } from './functions.ts';

/** The functions of the program that runs this. */
function ownTable(): FunctionTable | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const elf = readElf(readFileSync(process.execPath));
  const section = findFrameSection(elf, '.eh_frame', { loadBias: 0n, sectionAddress: [] });
  if (section === undefined) return undefined;
  const frames = new FrameSection({ kind: '.eh_frame', section, architecture: elf.architecture });
  const code = (address: bigint, size: number): Uint8Array | undefined => {
    const segment = elf.segments.find(
      (s) => s.type === 1 && address >= s.address && address < s.address + BigInt(s.fileSize),
    );
    const offset = Number(address - (segment?.address ?? 0n));
    return segment?.bytes.subarray(offset, offset + size);
  };
  return buildFunctionTable(frames, { source: new ListRowSource([frames]), code });
}

const table = ownTable();

it.skipIf(table === undefined)(
  'encodes nearly all functions of the node executable, each CFA as the rows have it',
  () => {
    const functions = table!;
    const view = new FunctionView(functions);
    const list = new DescriptorList();
    const every = Math.max(1, Math.floor(functions.count / 400));
    const count = { all: 0, g3: 0, extended: 0 };
    const descriptors = { g3: 0, extended: 0 };
    for (let i = 0; i < functions.count; i += every) {
      view.moveTo(i);
      // At every byte: long functions would take long.
      if (view.size > 3000) continue;
      count.all++;
      for (const [name, encoder] of [
        ['g3', g3Encoder],
        ['extended', extendedEncoder],
      ] as const) {
        list.clear();
        if (encoder.encode(view, list) !== undefined) continue;
        count[name]++;
        descriptors[name] += list.count;
        const decoded = decode(encoder, list, view.size);
        for (let row = 0; row < view.rowCount; row++) {
          const said = view.row(row)!;
          for (let offset = view.rowStart(row); offset < view.rowStart(row + 1); offset++) {
            const { cfaKind, cfaColumn, cfaLo } = decoded[offset]!;
            if (cfaKind !== said.cfaKind || (cfaKind === 1 && (cfaColumn !== said.cfaColumn || cfaLo !== said.cfaLo))) {
              expect.fail(`${name}: function ${i}, offset ${offset}`);
            }
          }
        }
      }
    }
    expect(count.g3 / count.all).toBeGreaterThan(0.98);
    expect(count.extended).toBeGreaterThanOrEqual(count.g3);
    expect(descriptors.extended / count.extended).toBeLessThanOrEqual(descriptors.g3 / count.g3);
  },
);
