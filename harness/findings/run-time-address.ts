import type { LoadedImage } from '../loader/image.ts';
import { moduleLabel } from '../loader/module-at.ts';

/** Where an address of one of an image's files is in the program. */
export function runTimeAddress(
  { modules }: LoadedImage,
  { module }: { readonly module: string },
  linked: string,
): bigint {
  const loaded = modules.find((one) => moduleLabel(one) === module);
  return BigInt.asUintN(64, BigInt(linked) + (loaded?.loadBias ?? 0n));
}
