import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArchitectureName, type ElfFile, readElf, SHF_ALLOC, SHT_NOBITS } from '../../../engine/index.ts';
import { type LoadedImage, loadImage } from '../../../harness/loader/index.ts';
import { bytesAt, viewOf } from '../../../harness/loader/pages.ts';
import { built, inTemporaryFolder, missingTools } from '../../tools/external.ts';
import { relocationSources, slotSources } from './relocation-sources.ts';

const toolchains: readonly { name: ArchitectureName; as: string; ld: string }[] = [
  { name: 'x86-64', as: 'as', ld: 'ld' },
  { name: 'aarch64', as: 'aarch64-linux-gnu-as', ld: 'aarch64-linux-gnu-ld' },
];

const assemble = (as: string, source: string): Uint8Array => built(as, ['-o', '{out}', '{in}'], 'in.s', source);

/** What the linker makes of an object when told to put each section where the loader put it. */
function link(ld: string, object: Uint8Array, image: LoadedImage): ElfFile {
  const { elf, sectionAddress } = image.modules[0]!;
  const allocated = elf.sections.filter((section) => (section.flags & SHF_ALLOC) !== 0);
  const common = elf.symbols().find((symbol) => symbol.name === 'common')!.value;
  const statements = allocated.map(
    ({ name, index }) => `${name} 0x${sectionAddress[index]!.toString(16)} : { KEEP(*(${name})) }`,
  );
  statements.push(`.common 0x${common.toString(16)} : { *(COMMON) }`);
  return inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'in.o'), object);
    writeFileSync(join(folder, 'script'), `SECTIONS { ${statements.join('\n')} }`);
    execFileSync(ld, ['--no-relax', '-e', 'entry', '-T', 'script', '-o', 'out', 'in.o'], { cwd: folder });
    return readElf(Uint8Array.from(readFileSync(join(folder, 'out'))));
  });
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function mapped(image: LoadedImage, address: bigint, length: number): Uint8Array {
  return bytesAt(image.segments, BigInt.asUintN(64, address), length)!;
}

function symbolAddress(image: LoadedImage, name: string): bigint {
  return image.modules[0]!.elf.symbols().find((symbol) => symbol.name === name)!.value;
}

for (const { name, as, ld } of toolchains) {
  const missing = missingTools(as, ld);
  describe.skipIf(missing.length > 0)(`loading an ${name} object file (needs ${as}, ${ld})`, () => {
    for (const loadBias of [0x40_0000n, 0x7abc_d000n]) {
      const where = `at 0x${loadBias.toString(16)}`;
      it(`relocates every section as the linker does, ${where}`, () => {
        // Immediate groups G1 and G2 are checked against overflow, so `data` must be low on AArch64 in any case.
        const object = assemble(as, relocationSources[name]);
        const image = loadImage(object, { name: 'object', loadBias });
        const { elf, sectionAddress } = image.modules[0]!;
        const linked = link(ld, object, image);
        const compared = elf.sections.filter(({ flags, type }) => (flags & SHF_ALLOC) !== 0 && type !== SHT_NOBITS);
        expect(compared.map((section) => section.name)).toContain('.eh_frame');
        for (const section of compared) {
          const expected = hex(linked.section(section.name)!.bytes.subarray(0, section.size));
          expect([section.name, hex(section.bytes)]).toEqual([section.name, expected]);
          const inMemory = mapped(image, sectionAddress[section.index]!, section.size);
          expect([section.name, hex(inMemory)]).toEqual([section.name, expected]);
        }
        const debugFrame = hex(elf.section('.debug_frame')!.bytes);
        expect(debugFrame).toBe(hex(linked.section('.debug_frame')!.bytes));
        for (const symbol of ['entry', 'data', 'elsewhere', 'fixed']) {
          const expected = linked.symbols().find((candidate) => candidate.name === symbol)!.value;
          expect([symbol, symbolAddress(image, symbol)]).toEqual([symbol, expected]);
        }
      });
    }

    it('gives symbols slots in a read-only global offset table', () => {
      const image = loadImage(assemble(as, slotSources[name]), { name: 'object' });
      const text = symbolAddress(image, 'entry');
      const code = viewOf(mapped(image, text, name === 'x86-64' ? 49 : 16));
      const slots = name === 'x86-64' ? x86Slots(code, text) : aarch64Slots(code, text);
      expect(slots.map((slot) => viewOf(mapped(image, slot.address, 8)).getBigUint64(0, true))).toEqual(
        slots.map((slot) => (slot.symbol === 'absent' ? 0n : symbolAddress(image, slot.symbol))),
      );
      const segment = image.segments.find(
        ({ address, bytes }) => slots[0]!.address >= address && slots[0]!.address < address + BigInt(bytes.length),
      )!;
      expect([segment.readable, segment.writable]).toEqual([true, false]);
    });

    it('gives common symbols aligned memory of their own', () => {
      const source = '.comm odd,3,1\n.comm wide,64,64\n.comm last,8,8\n';
      const image = loadImage(assemble(as, source), { name: 'object' });
      const [odd, wide, last] = ['odd', 'wide', 'last'].map((symbol) => symbolAddress(image, symbol));
      expect([wide! % 64n, last! % 8n]).toEqual([0n, 0n]);
      const ordered = [odd!, wide!, last!].sort();
      const size = (address: bigint): bigint => (address === odd ? 3n : address === wide ? 64n : 8n);
      for (const [i, address] of ordered.entries()) {
        expect(address + size(address) <= (ordered[i + 1] ?? 2n ** 64n)).toBe(true);
        expect(mapped(image, address, Number(size(address))).every((byte) => byte === 0)).toBe(true);
      }
      expect(image.segments.map(({ writable, executable }) => [writable, executable])).toEqual([[true, false]]);
    });

    it('names an undefined symbol that is not weak', () => {
      const call = name === 'x86-64' ? 'call nowhere' : 'bl nowhere';
      expect(() => loadImage(assemble(as, `nop\n${call}\n`), { name: 'object' })).toThrow(
        /^\.text\+0x[24]: R_\w+: symbol 'nowhere' must be defined in the file itself \(ld -r joins object files\)$/,
      );
    });

    it('refuses a value that does not fit its field', () => {
      const narrow = name === 'x86-64' ? '.byte value' : '.hword value';
      const source = `.data\n${narrow}\n.globl value\n.set value, 0x123456\n`;
      expect(() => loadImage(assemble(as, source), { name: 'object' })).toThrow(/^\.data\+0x0: .*0x123456, must fit/);
    });

    if (name === 'aarch64') {
      it('refuses a slot for a symbol with an addend', () => {
        const source = 'adrp x0, :got:value+8\n.weak value\n';
        expect(() => loadImage(assemble(as, source), { name: 'object' })).toThrow(/must have no addend, not 8/);
      });
    }

    it('leaves the file it was given unchanged', () => {
      const object = assemble(as, relocationSources[name]);
      const before = hex(object);
      loadImage(object, { name: 'object' });
      expect(hex(object)).toBe(before);
    });
  });
}

interface Slot {
  readonly symbol: string;
  readonly address: bigint;
}

function x86Slots(code: DataView, text: bigint): Slot[] {
  const relative = (end: number): bigint => text + BigInt(end) + BigInt(code.getInt32(end - 4, true));
  const slots = [
    { symbol: 'data', address: relative(7) },
    { symbol: 'data', address: relative(14) },
    { symbol: 'absent', address: relative(21) },
  ];
  const got = relative(38);
  return [...slots, { symbol: 'other', address: got + code.getBigUint64(23, true) }];
}

function aarch64Slots(code: DataView, text: bigint): Slot[] {
  return ['data', 'absent'].map((symbol, index) => {
    const adrp = code.getUint32(8 * index, true);
    const ldr = code.getUint32(8 * index + 4, true);
    const pages = (((adrp >>> 5) & 0x7ffff) << 2) | ((adrp >>> 29) & 3);
    const address = (text & ~0xfffn) + BigInt(pages * 0x1000 + ((ldr >>> 10) & 0xfff) * 8);
    return { symbol, address };
  });
}
