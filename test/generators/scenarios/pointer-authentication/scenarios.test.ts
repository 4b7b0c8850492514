import { expect, it } from 'vitest';
import { formatRow } from '../../../../engine/index.ts';
import { pointerAuthenticationScenarios } from '../../../../generators/scenarios/pointer-authentication/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { openModules } from '../../../../harness/unwinders/engine.ts';
import { execute, program } from '../../../harness/unwinders/answers.ts';
import { describeScenario, modulesOf, scenarioNamed } from '../support.ts';

const old = ['a-key', 'b-key', 'mixed'];
for (const { name } of pointerAuthenticationScenarios) {
  if (!old.includes(name.slice(name.indexOf('/') + 1))) describeScenario(name, 2);
}

it('pointer-authentication/upper-half has signed return addresses whose bit 55 is set', () => {
  const program = scenarioNamed('pointer-authentication/upper-half').generate('aarch64', 0, '1');
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators: unicornFactory() });
  const link = 30;
  let signed = 0;
  executor.run({
    run: program.runs[0]!,
    index: 0,
    limit: 100_000,
    onStop({ registers, callers, pacMaskHi }) {
      const hi = registers[2 * link + 1]!;
      const isReturnAddress = registers[2 * link] === callers?.registers[2 * image.architecture.pc];
      if (isReturnAddress && (hi & pacMaskHi) >>> 0 !== pacMaskHi >>> 0 && (hi & (1 << 23)) !== 0) signed++;
    },
  });
  expect(signed).toBeGreaterThan(0);
});

/** What the rows at the stops of a scenario’s first program say, and whether x30 then holds a code. */
function rowsAtStops(name: string): { row: string; signed: boolean }[] {
  const seen: { row: string; signed: boolean }[] = [];
  execute(program('aarch64', `pointer-authentication/${name}`), (stop, image) => {
    const [module] = openModules(image, { lookup: 'list' });
    const at = (BigInt(stop.registers[65]!) << 32n) | BigInt(stop.registers[64]!);
    const row = module!.rowAt(at);
    if (row === undefined) return;
    const code = (stop.registers[61]! & stop.pacMaskHi) >>> 0;
    seen.push({ row: formatRow(row, image.architecture), signed: code !== 0 && code !== stop.pacMaskHi >>> 0 });
  });
  return seen;
}
const isSigned = (row: string) => /signed/.test(row);

it.each(['unsigned-return', 'remembered-toggle', 'cold-part', 'signed-late', 'signed-twice', 'tail-call', 'set-state'])(
  'pointer-authentication/%s: where the row says signed and x30 is not saved, x30 has a code, and nowhere else',
  (name) => {
    const rows = rowsAtStops(name).filter(({ row }) => !row.includes('x30='));
    expect(rows.filter(({ row }) => isSigned(row)).length).toBeGreaterThan(2);
    expect(rows.filter(({ row }) => !isSigned(row)).length).toBeGreaterThan(2);
    // A code may be zero by chance: one in 2^7 or fewer.
    const odd = rows.filter(({ row, signed }) => signed !== isSigned(row));
    expect(odd.filter(({ row }) => !isSigned(row))).toEqual([]);
    expect(odd.length).toBeLessThan(rows.length / 10);
  },
);

it('pointer-authentication/in-register has signed addresses in other registers', () => {
  expect(rowsAtStops('in-register').filter(({ row }) => /x30=x\d+.*signed/.test(row)).length).toBeGreaterThan(3);
});

it('pointer-authentication/signed-late has rows that differ in the signature only', () => {
  const rows = rowsAtStops('signed-late').map(({ row }) => row);
  const pairs = rows.filter((row, i) => i > 0 && row === `${rows[i - 1]} signed`);
  expect(pairs.length).toBeGreaterThan(0);
});

it.each([
  ['by-expression', /ra_sign_state=\{1\}|ra_sign_state=\{/],
  ['set-state-with-pc', /signed-with-pc@0x/],
  ['negate-with-pc', /signed-with-pc@0x/],
])('pointer-authentication/%s says it in its own words', (name, words) => {
  const rows = rowsAtStops(name).map(({ row }) => row);
  expect(rows.some((row) => words.test(row))).toBe(true);
  expect(rows.some((row) => / signed( |$)/.test(row))).toBe(false);
});

it('pointer-authentication/negate-with-pc and set-state-with-pc name the address of a signing instruction', () => {
  for (const name of ['negate-with-pc', 'set-state-with-pc']) {
    const [module] = modulesOf(`pointer-authentication/${name}`, 'aarch64');
    const addresses = rowsAtStops(name).flatMap(({ row }) => /@0x([0-9a-f]+)/.exec(row)?.[1] ?? []);
    const { elf, loadBias } = module!;
    const text = elf.section('.text')!;
    const view = new DataView(text.bytes.buffer, text.bytes.byteOffset);
    for (const address of new Set(addresses)) {
      const word = view.getUint32(Number(BigInt(`0x${address}`) - loadBias - text.address), true);
      expect([0xd503233f, 0xd503237f]).toContain(word);
    }
  }
});
