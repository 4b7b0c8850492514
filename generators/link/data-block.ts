/** Data of a program under a label. */
export interface DataBlock {
  readonly label: string;
  readonly bytes: Uint8Array;
  /** Default: 16. */
  readonly align?: number;
  /** Default: in `.rodata`; writable blocks are in `.data`. */
  readonly writable?: boolean;
  /** Where in the block 64-bit addresses of labels are, such as a jump table's. */
  readonly pointers?: readonly { readonly offset: number; readonly label: string }[];
}

/** Blocks laid out one behind the other. */
export interface PlacedData {
  readonly size: number;
  readonly places: readonly { readonly block: DataBlock; readonly offset: number }[];
}

export function placeData(blocks: readonly DataBlock[]): PlacedData {
  let size = 0;
  const places = blocks.map((block) => {
    const align = block.align ?? 16;
    const offset = Math.ceil(size / align) * align;
    size = offset + block.bytes.length;
    return { block, offset };
  });
  return { size, places };
}

/** The blocks' bytes with their pointers filled in; throws an Error where one names no label. */
export function dataBytes({ size, places }: PlacedData, labels: ReadonlyMap<string, bigint>): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const { block, offset } of places) {
    bytes.set(block.bytes, offset);
    for (const pointer of block.pointers ?? []) {
      const target = labels.get(pointer.label);
      if (target === undefined) throw new Error(`label ${pointer.label} is not defined`);
      view.setBigUint64(offset + pointer.offset, target, true);
    }
  }
  return bytes;
}
