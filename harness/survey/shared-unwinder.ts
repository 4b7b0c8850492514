import type { LoadedImage } from '../loader/image.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';

/** An unwinder that is opened once for all functions of an image, as reading its tables takes longer than a call. */
export function sharedUnwinder(unwinder: Unwinder, image: LoadedImage): Unwinder {
  const session = unwinder.open(image);
  const modules = unwinder.modules?.(image);
  return {
    name: unwinder.name,
    description: unwinder.description,
    lacks: unwinder.lacks,
    ...(modules !== undefined && { modules: () => modules }),
    open: () => session,
  };
}
