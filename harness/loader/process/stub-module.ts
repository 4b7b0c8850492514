import type { Architecture } from '../../../engine/index.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import type { LoadedImage } from '../image.ts';
import { loadImage } from '../load-image.ts';
import { descriptorResolver, stubFunctions } from './stub-code.ts';

/** How reports call the module of stubs. */
export const stubModuleName = '(stubs)';

/** Code of ours for what nobody defines, with call frame information as any other module. */
export interface StubModule {
  readonly image: LoadedImage;
  readonly descriptorResolver: bigint;
  addressOf(name: string): bigint | undefined;
}

/** Makes a stub of each name, and the resolver of TLS descriptors, from `base` on. */
export function makeStubModule(architecture: Architecture, names: readonly string[], base: bigint): StubModule {
  const functions = stubFunctions(architecture.name, names);
  const { image, labels } = linkProgram(functions, {
    architecture: architecture.name,
    type: 'shared',
    textAddress: 0x1000n,
    loadBias: base,
  });
  return {
    image: loadImage(image, { name: stubModuleName, loadBias: base }),
    descriptorResolver: labels.get(descriptorResolver)!,
    addressOf: (name) => labels.get(name),
  };
}
