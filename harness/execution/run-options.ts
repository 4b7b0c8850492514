import type { Run } from '../../generators/program.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { Stop } from '../stop.ts';
import type { PeriodicSignal } from './periodic-signal.ts';

/** One run of a program, and who is told of its stops. */
export interface RunOptions {
  readonly run: Run;
  /** The run's number in its program: part of its seed. */
  readonly index: number;
  /** Called for each executed instruction, before it executes. */
  readonly onStop: (stop: Stop) => void;
  /** Called where the program consists of other modules from now on than it did so far. */
  readonly onExchange?: (image: LoadedImage) => void;
  /** Memory is as the run before left it, not as it was first; the stack's live part excepted. Default: false. */
  readonly keepsMemory?: boolean;
  /** A signal that comes again and again while it runs. */
  readonly periodic?: PeriodicSignal;
  /** Most instructions to execute. */
  readonly limit: number;
  /** Most frames of the stacks of all stops together, so that deep ones do not take for ever. Default: any number. */
  readonly frameLimit?: number;
}
