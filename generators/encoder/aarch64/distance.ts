/**
 * `target - address` in bytes, wrapped to a signed 64-bit value as the machine computes it. Exact wherever a branch can
 * reach; far beyond that it is only large.
 */
export function signedDistance(address: bigint, target: bigint): number {
  return Number(BigInt.asIntN(64, target - address));
}
