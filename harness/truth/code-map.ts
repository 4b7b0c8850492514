import type { Architecture } from '../../engine/index.ts';
import { MemoryWindow } from '../../engine/index.ts';
import type { Segment } from '../loader/image.ts';
import { instructionKind as aarch64Kind } from './instruction-kind/aarch64.ts';
import { InstructionKind } from './instruction-kind/kind.ts';
import { instructionKind as x86_64Kind } from './instruction-kind/x86-64.ts';

/** Memory in which code may come and go. */
export type ChangingCode = Pick<Segment, 'address' | 'bytes'>;

/** Knows the kind of every instruction that executes; each address of a segment is classified once. */
export class CodeMap {
  readonly #windows: readonly {
    readonly window: MemoryWindow;
    readonly code: Uint8Array;
    readonly kinds: Uint8Array;
  }[];
  readonly #classify: (code: Uint8Array, offset: number) => InstructionKind;
  readonly #changing: readonly { readonly window: MemoryWindow; readonly code: Uint8Array }[];
  #last = 0;

  /** `changing`: looked at anew each time. */
  constructor(architecture: Architecture, segments: readonly Segment[], changing: readonly ChangingCode[] = []) {
    this.#changing = changing.map(({ address, bytes }) => ({ window: new MemoryWindow(address, bytes), code: bytes }));
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
    for (const { window, code } of this.#changing) {
      const offset = window.offsetOf(pcLo, pcHi, 1);
      if (offset >= 0) return this.#classify(code, offset);
    }
    return InstructionKind.other;
  }
}
