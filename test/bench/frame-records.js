// An unwinder for `plumbline bench --unwinder`: follows frame records, each the address of the caller's and a return
// address. It finds addresses only, as `finds` says.
/** @type {import('../../harness/index.ts').Contender} */
const frameRecords = {
  name: 'frame-records',
  description: 'follows frame records with a DataView',
  finds: 'addresses',
  open({ architecture, registers, start, bytes }) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { columnCount, fp, pc } = architecture;
    const value = (/** @type {number} */ column) =>
      (BigInt(registers[2 * column + 1] ?? 0) << 32n) | BigInt(registers[2 * column] ?? 0);
    /** @param {(offset: number) => void} visit given where in the stack a return address is */
    const walk = (visit) => {
      let callers = 0;
      for (let record = value(fp); record !== 0n; callers++) {
        const offset = Number(record - start);
        visit(offset + 8);
        record = view.getBigUint64(offset, true);
      }
      return callers;
    };
    return {
      // What is timed: a walk of the whole stack, which returns the number of callers.
      walk: () => walk(() => {}),
      // What is checked before: the callers, each with whatever is known of it.
      record(frames) {
        walk((offset) => {
          const index = frames.count * columnCount + pc;
          frames.values[2 * index] = view.getUint32(offset, true);
          frames.values[2 * index + 1] = view.getUint32(offset + 4, true);
          frames.known[index] = 1;
          frames.count++;
        });
      },
    };
  },
};

export default frameRecords;
