import type { ElfFile, ElfSegment, Module, Row, RowSource } from '../../../engine/index.ts';

/** `PT_LOAD` */
const loadable = 1;

interface Loaded {
  readonly module: Module;
  readonly segments: readonly ElfSegment[];
  readonly biasLo: number;
  readonly biasHi: number;
  /** Addresses of the segments in the file, low and high half. */
  readonly starts: Uint32Array;
}

/**
 * Many modules without remembered ranges: at each lookup the program headers of one module after the other are gone
 * through, as with `dl_iterate_phdr`.
 */
export class ProgramHeaderSource implements RowSource {
  readonly #loaded: readonly Loaded[];

  constructor(modules: readonly { readonly module: Module; readonly elf: ElfFile; readonly loadBias: bigint }[]) {
    this.#loaded = modules.map(({ module, elf, loadBias }) => {
      const segments = elf.segments.filter(({ type }) => type === loadable);
      return {
        module,
        segments,
        biasLo: Number(loadBias & 0xffffffffn),
        biasHi: Number(loadBias >> 32n),
        starts: Uint32Array.from(
          segments.flatMap(({ address }) => [Number(address & 0xffffffffn), Number(address >> 32n)]),
        ),
      };
    });
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    for (const { module, segments, biasLo, biasHi, starts } of this.#loaded) {
      for (let i = 0; i < segments.length; i++) {
        const startLo = starts[2 * i]! + biasLo;
        const startHi = starts[2 * i + 1]! + biasHi + (startLo > 0xffffffff ? 1 : 0);
        const distanceLo = pcLo - (startLo >>> 0);
        const distanceHi = pcHi - startHi - (distanceLo < 0 ? 1 : 0);
        if (distanceHi === 0 && distanceLo >>> 0 < segments[i]!.memorySize) {
          return module.source.lookup(pcLo, pcHi, row);
        }
      }
    }
    return false;
  }
}
