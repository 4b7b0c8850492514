import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type FrameBuffer, UnwindError } from '../../../engine/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { executeFunction, loadFile, makeReport } from '../../../harness/exec/index.ts';
import { findTool } from '../../../harness/oracles/index.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import { fixturesFolder } from '../../fixtures/manifest.ts';
import { readProducerFaults } from '../../fixtures/producer-faults.ts';

const path = 'binaries/x86-64/over-aligned-gcc12-O0';
const listed = readProducerFaults()
  .faults.filter(({ fixture }) => fixture === path)
  .flatMap(({ pcs }) => pcs.map(Number));

/** Who is to blame, where the engine's answers at the wrong rows of a compiler are changed. */
function blames(change: (frames: FrameBuffer) => void): string[] {
  const emulators = unicornFactory();
  const [engine] = unwinders;
  const job = { file: fileURLToPath(new URL(path, fixturesFolder)), function: 'main', seed: '1', limit: 1_000_000 };
  const loaded = loadFile(job);
  const changed = {
    ...engine!,
    open(image: typeof loaded.image) {
      const session = engine!.open(image);
      return {
        unwind(...[stop, frames]: Parameters<typeof session.unwind>) {
          session.unwind(stop, frames);
          if (listed.includes(stop.registers[2 * stop.architecture.pc]!)) change(frames);
        },
      };
    },
  };
  const result = executeFunction(loaded, job, { emulators, unwinders: [changed] });
  return makeReport(job, loaded, emulators.version, result).failures.map(({ blame }) => blame);
}

describe.skipIf(findTool('readelf', 'x86-64') === undefined)('at a wrong row of a compiler (needs readelf)', () => {
  it('the compiler is blamed for an answer that follows the row', () => {
    expect(new Set(blames(() => {}))).toEqual(new Set(['producer']));
  });

  it('the engine is blamed where it gives up without a reason', () => {
    const giveUp = (frames: FrameBuffer) => {
      frames.count = 1;
      frames.ending = 'loop';
    };
    expect(new Set(blames(giveUp))).toEqual(new Set(['engine']));
  });

  it('the engine is blamed where it garbles what the row says', () => {
    const garble = (frames: FrameBuffer) => {
      const { columnCount, pc } = frames.architecture;
      frames.values[2 * (columnCount + pc)]! ^= 0x150;
    };
    expect(new Set(blames(garble))).toEqual(new Set(['engine']));
  });
});

describe('an unwinder that throws before its first stop', () => {
  const emulators = unicornFactory();
  const job = { file: fileURLToPath(new URL(path, fixturesFolder)), function: 'main', seed: '1', limit: 1000 };
  const loaded = loadFile(job);
  const findings = (error: Error) => {
    const broken = {
      ...unwinders[0]!,
      open: () => {
        throw error;
      },
    };
    const result = executeFunction(loaded, job, { emulators, unwinders: [broken] });
    return makeReport(job, loaded, emulators.version, result).findings.map(({ kind, blame }) => [kind, blame]);
  };

  it('is to blame, or whoever wrote the file where that is what it refuses', () => {
    const refusal = new UnwindError('invalid', '.eh_frame_hdr', 0, 'version 1');
    expect(findings(new Error('crash'))).toEqual([['engine-fault', 'engine']]);
    expect(findings(refusal)).toEqual([['unusable-row', 'producer']]);
    expect(findings(new Error('the table is not used', { cause: refusal }))).toEqual([['unusable-row', 'producer']]);
  });
});
