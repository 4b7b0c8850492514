import * as dw from '../../../engine/dwarf/constants.ts';
import { PlainState } from './plain-state.ts';

/** A parsed CIE. */
export class PlainCie {
  codeAlignment = 1;
  dataAlignment = 1;
  augmentationData = false;
  instructionsStart = 0;
  instructionsEnd = 0;
  /** The rules after its instructions, where they are kept. */
  initial: PlainState | undefined;
}

/** Executes the call frame instructions that compilers emit for x86-64, on one section. */
export class PlainMachine {
  readonly bytes: Uint8Array;
  readonly #liveColumnsOnly: boolean;
  readonly #stack: PlainState[] = [];
  #position = 0;

  constructor(bytes: Uint8Array, liveColumnsOnly: boolean) {
    this.bytes = bytes;
    this.#liveColumnsOnly = liveColumnsOnly;
  }

  copy(from: PlainState, to: PlainState): void {
    if (this.#liveColumnsOnly) to.copyLive(from);
    else to.copyWhole(from);
  }

  /**
   * Executes instructions until the location is more than `distance` bytes behind the function's start; returns the
   * distance at which the state begins to hold. `limit` takes the distance at which it ceases to.
   */
  run(start: number, end: number, distance: number, cie: PlainCie, state: PlainState, initial: PlainState): number {
    const { bytes } = this;
    const { codeAlignment, dataAlignment } = cie;
    let location = 0;
    let depth = 0;
    this.#position = start;
    while (this.#position < end) {
      const opcode = bytes[this.#position++]!;
      const operand = opcode & 0x3f;
      let advance = 0;
      if (opcode >= dw.DW_CFA_restore) state.copyRule(initial, operand);
      else if (opcode >= dw.DW_CFA_offset) state.save(operand, this.#uleb() * dataAlignment);
      else if (opcode >= dw.DW_CFA_advance_loc) advance = operand;
      else {
        switch (opcode) {
          case dw.DW_CFA_nop:
            break;
          case dw.DW_CFA_advance_loc1:
            advance = bytes[this.#position++]!;
            break;
          case dw.DW_CFA_advance_loc2:
            advance = bytes[this.#position]! | (bytes[this.#position + 1]! << 8);
            this.#position += 2;
            break;
          case dw.DW_CFA_advance_loc4:
            advance = readU32(bytes, this.#position);
            this.#position += 4;
            break;
          case dw.DW_CFA_offset_extended: {
            const column = this.#uleb();
            state.save(column, this.#uleb() * dataAlignment);
            break;
          }
          case dw.DW_CFA_restore_extended:
            state.copyRule(initial, this.#uleb());
            break;
          case dw.DW_CFA_same_value:
            state.keep(this.#uleb());
            break;
          case dw.DW_CFA_remember_state:
            if (depth === this.#stack.length) this.#stack.push(new PlainState());
            this.copy(state, this.#stack[depth++]!);
            break;
          case dw.DW_CFA_restore_state:
            this.copy(this.#stack[--depth]!, state);
            break;
          case dw.DW_CFA_def_cfa:
            state.cfaColumn = this.#uleb();
            state.cfaOffset = this.#uleb();
            break;
          case dw.DW_CFA_def_cfa_register:
            state.cfaColumn = this.#uleb();
            break;
          case dw.DW_CFA_def_cfa_offset:
            state.cfaOffset = this.#uleb();
            break;
          case dw.DW_CFA_GNU_args_size:
            this.#uleb();
            break;
          default:
            throw new Error(`typed-array baseline: DW_CFA opcode 0x${opcode.toString(16)}`);
        }
      }
      if (advance !== 0) {
        const next = location + advance * codeAlignment;
        if (next > distance) return location;
        location = next;
      }
    }
    return location;
  }

  #uleb(): number {
    const { bytes } = this;
    let byte = bytes[this.#position++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.#position++]!;
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
