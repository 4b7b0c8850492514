import { AddressSpace, type Encoding } from '../../engine/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import { encodeModule, isEncodable } from './encode-module.ts';
import { sumCoverage } from './encoding-coverage.ts';
import { cached } from './sessions.ts';
import type { Unwinder } from './unwinder.ts';

/**
 * The engine with a rule cache, reading what an encoding makes of the call frame information of each module. It applies
 * where every module has an `.eh_frame` near its code and the encoding is for the architecture.
 */
export function encodedUnwinder(encoding: Encoding, name: string = encoding.name): Unwinder {
  const { description, architectures } = encoding;
  return {
    name,
    description,
    lacks: [],
    applies: ({ architecture, modules }) => architectures.includes(architecture.name) && modules.every(isEncodable),
    modules: (image) => encodeImage(encoding, image).modules,
    open(image) {
      const { modules, coverage } = encodeImage(encoding, image);
      return { ...cached()(new AddressSpace(image.architecture, modules), modules), coverage };
    },
  };
}

function encodeImage(encoding: Encoding, image: LoadedImage) {
  const opened = image.modules.map((module) => encodeModule(encoding, module));
  return {
    modules: opened.map(({ module }) => module),
    coverage: sumCoverage(opened.map(({ coverage }) => coverage)),
  };
}
