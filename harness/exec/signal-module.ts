import { trampolineCode, trampolineFde, trampolineLabel } from '../../generators/function/trampoline.ts';
import { linkProgram } from '../../generators/link/index.ts';
import { Random } from '../../generators/random.ts';
import { handler } from '../../generators/scenarios/signal/handlers.ts';
import { type LoadedImage, loadImage } from '../loader/index.ts';

/** Where it lies unless something else is there. */
const firstAddress = 0x7ff8_0000_0000n;
const step = 0x1_0000_0000n;
const handlerLabel = 'signal_handler';
const calleeLabel = 'signal_callee';

/** An image together with code of ours, and where that is. */
export interface ImageWithSignalCode {
  readonly image: LoadedImage;
  /** Saves and overwrites registers, calls a function, and returns. */
  readonly handler: bigint;
  /** Makes the rt_sigreturn system call, as the kernel's own code (the vdso's) does. */
  readonly trampoline: bigint;
}

/**
 * Adds a module of ours to an image: a signal handler and the code that handlers return to, both with right call frame
 * information, as a profiler and the kernel have it. The seed decides what the handler does.
 */
export function addSignalCode(image: LoadedImage, seed: string): ImageWithSignalCode {
  const { name: architecture } = image.architecture;
  const random = new Random(`${seed}/signal-code`);
  const textAddress = freeAddress(image);
  const linked = linkProgram(
    [
      handler(architecture, random, { name: handlerLabel, calls: calleeLabel }),
      handler(architecture, random, { name: calleeLabel }),
      ...trampolineCode(architecture),
    ],
    {
      architecture,
      textAddress,
      unwindSections: ['.eh_frame', '.eh_frame_hdr', '.debug_frame'],
      extraFdes: [trampolineFde(architecture)],
    },
  );
  const own = loadImage(linked.image, { name: 'signal code' });
  return {
    image: {
      ...image,
      modules: [...image.modules, ...own.modules],
      segments: [...image.segments, ...own.segments],
    },
    handler: linked.labels.get(handlerLabel)!,
    trampoline: linked.labels.get(trampolineLabel)!,
  };
}

function freeAddress({ segments }: LoadedImage): bigint {
  let address = firstAddress;
  while (segments.some((one) => one.address < address + step && address < one.address + BigInt(one.bytes.byteLength))) {
    address += step;
  }
  return address;
}
