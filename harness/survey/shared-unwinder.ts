import type { LoadedImage } from '../loader/image.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';

/**
 * An unwinder whose tables are read once for all functions of an image, as that takes longer than a call. What it keeps
 * from stop to stop it forgets for each: the result of a function must not depend on what its process did before.
 */
export function sharedUnwinder(unwinder: Unwinder, image: LoadedImage): Unwinder {
  const session = unwinder.open(image);
  const modules = unwinder.modules?.(image);
  return {
    name: unwinder.name,
    description: unwinder.description,
    lacks: unwinder.lacks,
    ...(modules !== undefined && { modules: () => modules }),
    open: () => {
      session.forget?.();
      return session;
    },
  };
}
