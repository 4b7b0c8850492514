const word = new BigUint64Array(1);
const halves = new Uint32Array(word.buffer); // low half first

/** @type {import('../../harness/unwinders/unwinder.ts').Unwinder} */
export default {
  name: 'frame-pointer',
  description: 'follows the chain of frame pointers, wherever the code is',
  lacks: ['callee-saved'],
  open({ architecture: { name, columnCount, pc, sp, fp } }) {
    return {
      unwind({ memory, pacMaskLo, pacMaskHi }, frames) {
        const mask = (BigInt(pacMaskHi) << 32n) | BigInt(pacMaskLo);
        const read = (/** @type {bigint} */ address) => {
          word[0] = address;
          return memory.read64(Number(halves[0]), Number(halves[1]), halves, 0) ? word[0] : undefined;
        };
        const set = (/** @type {number} */ column, /** @type {bigint} */ value) => {
          word[0] = value;
          frames.values.set(halves, 2 * (frames.count * columnCount + column));
          frames.known[frames.count * columnCount + column] = 1;
        };
        while (frames.count < frames.capacity) {
          const base = frames.value(frames.count - 1, fp);
          const saved = base === undefined ? undefined : read(base);
          const returnAddress = base === undefined ? undefined : read(base + 8n);
          if (base === undefined || saved === undefined || returnAddress === undefined) {
            frames.ending = 'no-info';
            return;
          }
          frames.known.fill(0, frames.count * columnCount, (frames.count + 1) * columnCount);
          set(fp, saved);
          set(pc, returnAddress & ~mask);
          // On AArch64 the pair may lie anywhere in the frame: the caller's SP is not known.
          if (name === 'x86-64') set(sp, base + 16n);
          frames.count++;
        }
        frames.ending = 'limit';
      },
    };
  },
};
