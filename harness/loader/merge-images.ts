import { UnwindError } from '../../engine/index.ts';
import type { LoadedImage } from './image.ts';

/** Puts images into one memory. Throws `UnwindError` where two of them need the same place. */
export function mergeImages(name: string, images: readonly [LoadedImage, ...LoadedImage[]]): LoadedImage {
  const [{ architecture }] = images;
  const segments = images.flatMap((image) => image.segments).sort((a, b) => (a.address < b.address ? -1 : 1));
  segments.forEach((segment, i) => {
    const before = segments[i - 1];
    if (before !== undefined && before.address + BigInt(before.bytes.length) > segment.address) {
      const place = `0x${segment.address.toString(16)}`;
      throw new UnwindError('invalid', name, -1, `expected files that do not need the same memory at ${place}`);
    }
  });
  return { architecture, modules: images.flatMap((image) => image.modules), segments };
}
