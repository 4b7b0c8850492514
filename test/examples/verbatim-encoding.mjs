/** @type {import('../../harness/unwinders/module/index.ts').EncodingModule} */
export default ({ engine: { CfaKind, FrameSection, FunctionView, ListRowSource, RuleKind, rewriteFrames } }) => ({
  name: 'verbatim',
  description: 'every row as it is, in JSON',
  architectures: ['x86-64', 'aarch64'],

  encode({ functions, frames, address }) {
    const isExpression = (/** @type {number} */ kind) =>
      kind === RuleKind.expression || kind === RuleKind.valExpression;
    const view = new FunctionView(functions);
    const table = [];
    const descriptors = new Uint32Array(functions.count);
    const fallbacks = new Map();
    for (let i = 0; i < functions.count; i++) {
      view.moveTo(i);
      // Undefined where the section has no row but an error. What expressions are is only in the section.
      const rows = Array.from({ length: view.rowCount }, (_, n) => view.row(n));
      if (rows.some((row) => row?.cfaKind !== CfaKind.registerOffset || row.ruleKind.some(isExpression))) {
        fallbacks.set(i, 'expression or error');
      } else {
        const start = Number(functions.base - address) + Number(functions.start[i]);
        for (const [n, row] of rows.entries())
          table.push([start + view.rowStart(n), start + view.rowStart(n + 1), row]);
        descriptors[i] = rows.length;
      }
    }
    const json = JSON.stringify(table, (_, value) => (value?.buffer ? Array.from(value) : value));
    const rows = { name: '.rows', address, bytes: new TextEncoder().encode(json) };
    const framesAt = address + BigInt(rows.bytes.length);
    const kept = Array.from(fallbacks.keys(), (i) => Number(functions.fdeOffset[i]));
    const ehFrame = { name: '.eh_frame', address: framesAt, bytes: rewriteFrames(frames, kept, framesAt).bytes };
    const parts = { rows: rows.bytes.length, eh_frame: ehFrame.bytes.length };
    return { sections: [rows, ehFrame], parts, descriptors, fallbacks };
  },

  open(sections, architecture) {
    const [rows, ehFrame] = /** @type {any} */ (sections);
    const table = JSON.parse(new TextDecoder().decode(rows.bytes));
    const rest = new ListRowSource([new FrameSection({ kind: '.eh_frame', section: ehFrame, architecture })]);
    const halves = (/** @type {bigint} */ value) => [value & 0xffff_ffffn, (value >> 32n) & 0xffff_ffffn].map(Number);
    return {
      lookup(pcLo, pcHi, /** @type {any} */ row) {
        const pc = Number(BigInt.asIntN(64, ((BigInt(pcHi) << 32n) | BigInt(pcLo)) - rows.address));
        for (const [start, end, saved] of table) {
          if (pc < start || pc >= end) continue;
          for (const [field, value] of Object.entries(saved)) {
            if (Array.isArray(value)) row[field].set(value);
            else row[field] = value;
          }
          [row.startLo, row.startHi] = halves(rows.address + BigInt(start));
          [row.endLo, row.endHi] = halves(rows.address + BigInt(end));
          return true;
        }
        return rest.lookup(pcLo, pcHi, row);
      },
    };
  },
});
