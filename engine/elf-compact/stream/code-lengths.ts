import { longestCode } from './constants.ts';

/**
 * Lengths of code words for counts that descend, each at least 1: those of Huffman's construction, with counts halved
 * until none is longer than `longestCode`. Ascending. A single symbol needs no bits.
 */
export function codeLengths(counts: readonly number[]): Uint8Array {
  let weights = counts;
  for (;;) {
    const lengths = huffmanLengths(weights);
    if (lengths.length === 0 || lengths[lengths.length - 1]! <= longestCode) return lengths;
    weights = weights.map((weight) => (weight + 1) >>> 1);
  }
}

/** Joins the two lightest again and again: leaves come lightest first, and what is joined only gets heavier. */
function huffmanLengths(weights: readonly number[]): Uint8Array {
  const leaves = weights.length;
  const nodes = Math.max(leaves, 2 * leaves - 1);
  const weight = new Float64Array(nodes);
  const parent = new Int32Array(nodes);
  for (let leaf = 0; leaf < leaves; leaf++) weight[leaf] = weights[leaves - 1 - leaf]!;
  let nextLeaf = 0;
  let nextJoined = leaves;
  for (let node = leaves; node < nodes; node++) {
    for (let half = 0; half < 2; half++) {
      const leafIsLighter = nextLeaf < leaves && (nextJoined === node || weight[nextLeaf]! <= weight[nextJoined]!);
      const lightest = leafIsLighter ? nextLeaf++ : nextJoined++;
      weight[node]! += weight[lightest]!;
      parent[lightest] = node;
    }
  }
  const depth = new Uint8Array(nodes);
  for (let node = nodes - 2; node >= 0; node--) depth[node] = depth[parent[node]!]! + 1;
  // From the heaviest leaf on. Equal weights may come in any order of lengths.
  return depth.subarray(0, leaves).sort();
}
