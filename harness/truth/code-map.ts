import type { Architecture } from '../../engine/index.ts';
import { MemoryWindow } from '../../engine/index.ts';
import type { Segment } from '../loader/image.ts';
import { instructionKind as aarch64Kind } from './instruction-kind/aarch64.ts';
import { InstructionKind } from './instruction-kind/kind.ts';
import { instructionKind as x86_64Kind } from './instruction-kind/x86-64.ts';

/** Knows the kind of every instruction that executes; each address is classified once. */
export class CodeMap {
  readonly #windows: readonly {
    readonly window: MemoryWindow;
    readonly code: Uint8Array;
    readonly kinds: Uint8Array;
  }[];
  readonly #classify: (code: Uint8Array, offset: number) => InstructionKind;
  #last = 0;

  constructor(architecture: Architecture, segments: readonly Segment[]) {
    this.#classify = architecture.name === 'x86-64' ? x86_64Kind : aarch64Kind;
    this.#windows = segments
      .filter((segment) => segment.executable)
      .map(({ address, bytes }) => ({
        window: new MemoryWindow(address, bytes),
        code: bytes,
        kinds: new Uint8Array(bytes.byteLength),
      }));
  }

  kindAt(pcLo: number, pcHi: number): InstructionKind {
    for (let tried = 0; tried < this.#windows.length; tried++) {
      const index = (this.#last + tried) % this.#windows.length;
      const { window, code, kinds } = this.#windows[index]!;
      const offset = window.offsetOf(pcLo, pcHi, 1);
      if (offset < 0) continue;
      this.#last = index;
      let kind = kinds[offset]! as InstructionKind;
      if (kind === InstructionKind.unknown) {
        kind = this.#classify(code, offset);
        kinds[offset] = kind;
      }
      return kind;
    }
    return InstructionKind.other;
  }
}
