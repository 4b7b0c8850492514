import { describe, expect, it } from 'vitest';
import { addressEncodings } from '../../../generators/scenarios/container/pointers.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import { scenarioNamed } from './support.ts';

describe('container/fde-addresses', () => {
  it('has FDEs with every encoding', () => {
    const scenario = scenarioNamed('container/fde-addresses');
    const programs = Array.from({ length: scenario.count('full') }, (_, i) => scenario.generate('aarch64', i, '1'));
    const used = new Set(programs.flatMap(({ frames }) => frames!.fdes.map(({ cie }) => cie.pointerEncoding)));
    expect(addressEncodings.filter((encoding) => !used.has(encoding))).toEqual([]);
  });
});

describe('container/many-fdes', () => {
  it.each(['x86-64', 'aarch64'] as const)(
    'runs the first and the last function, and two next to them, on %s',
    (name) => {
      const { frames, instructions } = scenarioNamed('container/many-fdes').generate(name, 0, '1');
      const fdes = frames!.fdes;
      const runs = fdes.map(({ start, size }) => instructions.some((at) => at >= start && at < start + BigInt(size)));
      expect(fdes.length).toBeGreaterThan(5000);
      expect(runs.slice(0, 3)).toEqual([true, false, true]);
      expect(runs.slice(-3)).toEqual([true, false, true]);
      expect(runs.filter((run) => run)).toHaveLength(7);
    },
  );
});

describe('container/bare-signal-frame', () => {
  it.each(['x86-64', 'aarch64'] as const)('has a CIE with S alone, and the engine is right on %s', (architecture) => {
    const program = scenarioNamed('container/bare-signal-frame').generate(architecture, 0, '1');
    const image = Buffer.from(program.image);
    /** Behind id and version of a CIE of .debug_frame stands its augmentation. */
    const hasAugmentation = (letters: string) =>
      image.includes(Buffer.from([0xff, 0xff, 0xff, 0xff, 4, ...Buffer.from(letters)]));
    expect(['S\0', '\0', 'z'].map(hasAugmentation)).toEqual([true, true, false]);
    const { failures, unwinders: judged, stops } = runProgram(program, { emulators: unicornFactory(), unwinders });
    expect(failures).toEqual([]);
    expect(judged.map(({ unwinder }) => unwinder)).toEqual(['dwarf-list', 'dwarf-debug-frame']);
    for (const { verdicts } of judged) expect(verdicts).toEqual({ pass: stops, fail: 0, missing: 0, error: 0 });
  });
});
