import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dwarfEncoding, type EncodedModule, type Encoding } from '../../../engine/index.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { encodedUnwinder } from '../../../harness/unwinders/encoded.ts';
import { fixturesFolder, readManifest } from '../../fixtures/manifest.ts';
import { answer, execute, openEncodings, openModes, program, type Session } from './answers.ts';

const sample = [
  'prologue/scheduled',
  'control-flow/cold-fragment',
  'signal/first-instruction',
  'termination/undefined-return-address',
  'rules/expression',
  'address/upper-half-biased',
  'address/code-across-4-gib',
  'container/zero-range-fde',
  'container/pointer-encodings',
  'pointer-authentication/mixed',
];

/** An answer without what names a place in a section. */
function withoutPlace(session: Session, ...rest: [Parameters<typeof answer>[1], number]): unknown {
  const { error: _, ...told } = answer(session, ...rest);
  return told;
}

describe.each(['x86-64', 'aarch64'] as const)('on %s encodings lead to the answers of DWARF', (architecture) => {
  const names = sample.filter((name) =>
    scenarios.find((scenario) => scenario.name === name)!.architectures.includes(architecture),
  );

  it.each(names)('in %s', (name) => {
    let sessions: Session[] | undefined;
    execute(program(architecture, name), (stop, image) => {
      sessions ??= [openModes(image)[0]!, ...openEncodings(image)];
      expect(sessions.length).toBeGreaterThan(4);
      const [dwarf, ...others] = sessions;
      const expected = withoutPlace(dwarf!, stop, stop.depth + 3);
      for (const other of others) expect(withoutPlace(other, stop, stop.depth + 3), other.name).toEqual(expected);
    });
    expect(sessions).toBeDefined();
  });
});

function imageOf(scenario: string, architecture: 'x86-64' | 'aarch64' = 'x86-64') {
  const { image, loadBias } = program(architecture, scenario);
  return loadImage(image, { name: scenario, loadBias });
}

describe('encodedUnwinder', () => {
  it('applies where the encoding is for the architecture and every module has an .eh_frame', () => {
    const { applies } = encodedUnwinder({ ...dwarfEncoding, architectures: ['aarch64'] });
    expect(applies!(imageOf('prologue/store', 'aarch64'))).toBe(true);
    expect(applies!(imageOf('prologue/store', 'x86-64'))).toBe(false);
    expect(applies!(imageOf('container/debug-frame', 'aarch64'))).toBe(false);
  });

  it('says how many functions of the modules were encoded, and why others were not', () => {
    const some: Encoding = {
      ...dwarfEncoding,
      encode: (input): EncodedModule => {
        const made = dwarfEncoding.encode(input);
        made.descriptors[0] = 0;
        return { ...made, fallbacks: new Map([[0, 'on a whim']]) };
      },
    };
    const image = imageOf('prologue/store');
    const { functions } = encodedUnwinder(dwarfEncoding).open(image).coverage!;
    expect(functions).toBeGreaterThan(1);
    expect(encodedUnwinder(some).open(image).coverage).toEqual({
      functions,
      descriptors: functions - 1,
      fallbacks: { 'on a whim': 1 },
    });
    const twice = { ...image, modules: [...image.modules, ...image.modules] };
    expect(encodedUnwinder(some).open(twice).coverage).toMatchObject({
      functions: 2 * functions,
      fallbacks: { 'on a whim': 2 },
    });
  });

  it('encodes every function of compiled executables and objects', () => {
    for (const { path, architecture } of readManifest().binaries) {
      const image = loadImage(readFileSync(new URL(path, fixturesFolder)), { name: path, loadBias: 0n });
      const { coverage } = encodedUnwinder(dwarfEncoding).open(image);
      expect(coverage!.functions, `${path} ${architecture}`).toBeGreaterThan(0);
      expect(coverage!.fallbacks).toEqual({});
    }
  });

  it.each([
    ['no sections', { sections: [] }, 'made no sections'],
    [
      'a section elsewhere',
      { sections: [{ name: '.x', address: 0n, bytes: new Uint8Array(4) }] },
      'made a section .x at 0x0, expected 0x',
    ],
    ['parts of another size', { parts: { all: 1 } }, 'made parts of 1 bytes'],
    ['no numbers', { descriptors: [1] }, 'returned no Uint32Array of'],
    ['too few numbers', { descriptors: new Uint32Array(0) }, 'returned no Uint32Array of'],
    ['no fallbacks', { fallbacks: undefined }, 'returned no Map'],
    ['a reason too many', { fallbacks: new Map([[0, 'why']]) }, 'left it open whether function 0 stays DWARF'],
    [
      'bytes that are none',
      { sections: [{ name: '.x', address: 0n, bytes: [1] }] },
      'made a section .x without an address (a bigint)',
    ],
  ])('refuses what cannot be an encoded module: %s', (_, wrong, message) => {
    const broken = {
      ...dwarfEncoding,
      name: 'broken',
      encode: (input: Parameters<Encoding['encode']>[0]) => ({ ...dwarfEncoding.encode(input), ...wrong }),
    } as Encoding;
    expect(() => encodedUnwinder(broken).open(imageOf('prologue/store'))).toThrow(`the encoding broken ${message}`);
  });
});
