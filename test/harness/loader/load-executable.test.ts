import { describe, expect, it } from 'vitest';
import { type ArchitectureName, PT_LOAD, readElf } from '../../../engine/index.ts';
import { type LoadedImage, loadImage } from '../../../harness/loader/index.ts';
import { bytesAt, viewOf } from '../../../harness/loader/pages.ts';
import { built, missingTools } from '../../tools/external.ts';

const compilers: readonly { name: ArchitectureName; gcc: string }[] = [
  { name: 'x86-64', gcc: 'gcc' },
  { name: 'aarch64', gcc: 'aarch64-linux-gnu-gcc' },
];

const source = `
  int number = 5;
  int *pointer = &number, *table[40] = { [0] = &number, [39] = &number };
  int *many[200] = { [0 ... 199] = &number };
  int zero[5000];
  extern int absent __attribute__((weak));
  int *missing = &absent;
  int twice(int x) { return 2 * x; }
  int (*function)(int) = twice;
  void _start(void) { for (;;) number += function(number); }
`;

const bare = ['-O1', '-nostdlib', '-Wl,--build-id=none', '-o', '{out}', '{in}'];

function addressOf(image: LoadedImage, name: string): bigint {
  const module = image.modules[0]!;
  return module.elf.symbols().find((symbol) => symbol.name === name)!.value + module.loadBias;
}

function word(image: LoadedImage, address: bigint): bigint {
  return viewOf(bytesAt(image.segments, address, 8)!).getBigUint64(0, true);
}

const header = { type: 0, offset: 8, address: 16, fileSize: 32, memorySize: 40 } as const;

/** A copy of an executable with one field of its last PT_LOAD program header replaced. */
function withField(file: Uint8Array, field: keyof typeof header, value: bigint): Uint8Array {
  const copy = file.slice();
  const view = viewOf(copy);
  const table = Number(view.getBigUint64(32, true));
  const index = readElf(file).segments.findLastIndex((segment) => segment.type === PT_LOAD);
  const at = table + index * view.getUint16(54, true) + header[field];
  if (field === 'type') view.setUint32(at, Number(value), true);
  else view.setBigUint64(at, value, true);
  return copy;
}

for (const { name, gcc } of compilers) {
  const missing = missingTools(gcc);
  describe.skipIf(missing.length > 0)(`loading an ${name} executable (needs ${gcc})`, () => {
    const compile = (...options: string[]): Uint8Array => built(gcc, [...options, ...bare], 'in.c', source);

    const kinds: readonly [string, readonly string[], bigint | undefined, bigint][] = [
      ['a position-dependent executable', ['-static', '-no-pie'], undefined, 0n],
      ['a static position-independent executable', ['-static-pie', '-fPIE'], undefined, 0x5555_5555_4000n],
      ['one in the upper half', ['-static-pie', '-fPIE'], 0xffff_ff80_0000_0000n, 0xffff_ff80_0000_0000n],
      ['a shared object with its own symbols', ['-shared', '-fPIC'], 0x1_0000_0000n, 0x1_0000_0000n],
    ];
    for (const [what, options, asked, loadBias] of kinds) {
      it(`relocates the pointers of ${what}`, () => {
        const image = loadImage(compile(...options), asked === undefined ? { name } : { name, loadBias: asked });
        expect(image.modules[0]!.loadBias).toBe(loadBias);
        const number = addressOf(image, 'number');
        expect(word(image, addressOf(image, 'pointer'))).toBe(number);
        expect(word(image, addressOf(image, 'table'))).toBe(number);
        expect(word(image, addressOf(image, 'table') + 8n)).toBe(0n);
        expect(word(image, addressOf(image, 'table') + 39n * 8n)).toBe(number);
        expect(word(image, addressOf(image, 'function'))).toBe(addressOf(image, 'twice'));
        expect(word(image, addressOf(image, 'missing'))).toBe(0n);
        expect(word(image, number) & 0xffffffffn).toBe(5n);
        expect(word(image, addressOf(image, 'zero') + 4n * 4990n)).toBe(0n);
      });
    }

    // GNU ld 2.40 packs them for x86-64 only.
    if (name === 'x86-64') {
      it('applies packed relative relocations (DT_RELR)', () => {
        const file = compile('-static-pie', '-fPIE', '-Wl,-z,pack-relative-relocs');
        expect(readElf(file).section('.relr.dyn')?.size).toBeGreaterThan(0);
        const image = loadImage(file, { name });
        expect(word(image, addressOf(image, 'table') + 39n * 8n)).toBe(addressOf(image, 'number'));
        for (let i = 0n; i < 200n; i++)
          expect(word(image, addressOf(image, 'many') + 8n * i)).toBe(addressOf(image, 'number'));
        expect(word(image, addressOf(image, 'function'))).toBe(addressOf(image, 'twice'));
      });
    }

    it('maps code executable and read-only, data writable', () => {
      const image = loadImage(compile('-static', '-no-pie'), { name });
      const rights = (symbol: string): string => {
        const address = addressOf(image, symbol);
        const segment = image.segments.find(
          (candidate) =>
            address >= candidate.address && address < candidate.address + BigInt(candidate.bytes.byteLength),
        )!;
        return `${segment.readable ? 'r' : '-'}${segment.writable ? 'w' : '-'}${segment.executable ? 'x' : '-'}`;
      };
      expect([rights('twice'), rights('number'), rights('zero')]).toEqual(['r-x', 'rw-', 'rw-']);
      for (const { address, bytes } of image.segments) {
        expect([address % 0x1000n, bytes.byteLength % 0x1000, bytes.byteOffset]).toEqual([0n, 0, 0]);
        expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
      }
    });

    it('names an undefined symbol', () => {
      const file = built(
        gcc,
        ['-shared', '-fPIC', ...bare],
        'in.c',
        'int nowhere(); int f(void) { return nowhere() + 1; }',
      );
      expect(() => loadImage(file, { name })).toThrow(
        /^\.dynsym\+0x\w+: symbol 'nowhere' must be defined in the file itself: shared libraries are not loaded/,
      );
    });

    it('refuses sizes and places that cannot be', () => {
      const file = compile('-static', '-no-pie');
      const load = (copy: Uint8Array): unknown => loadImage(copy, { name: 'broken' });
      expect(() => load(withField(file, 'memorySize', 1n << 40n))).toThrow(
        /at most 268435456 bytes, not 1099511627776/,
      );
      expect(() => load(withField(file, 'memorySize', 1n))).toThrow(/expected p_memsz not below p_filesz/);
      expect(() => load(withField(file, 'offset', 0x10_0000n))).toThrow(/the file has \d+ from here/);
      const text = readElf(file).segments.find((segment) => segment.type === PT_LOAD)!.address;
      expect(() => load(withField(file, 'address', text))).toThrow(/must not overlap/);
      expect(() => load(withField(file, 'address', 0xffff_ffff_ffff_f000n))).toThrow(
        /must end within the address space/,
      );
    });

    it('refuses a load bias that is no multiple of a page', () => {
      const file = compile('-static-pie', '-fPIE');
      expect(() => loadImage(file, { name, loadBias: 0x1234n })).toThrow(
        /load bias must be a 64-bit multiple of 0x1000/,
      );
    });
  });
}
