import type { Architecture } from '../../engine/index.ts';
import type { StackWord } from '../record/index.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { type Store, type StoreHistory, windowAt } from './store-history.ts';

/** Words shown above SP at most, and below it at most. */
const above = 160;
const below = 6;
/** Frames whose words are shown, innermost first. */
const shownFrames = 3;

/** What the names of places and instructions are taken from. */
export interface CodeNames {
  /** Such as `entry+0x4`. */
  place(address: bigint): string;
  /** The instruction at an address, as the disassembler writes it. */
  instruction(address: bigint): string;
}

/** The words around SP, from the lowest address, each with what it holds by the execution's own account. */
export function stackWords(stop: Stop, history: StoreHistory, names: CodeNames): StackWord[] {
  const { architecture } = stop;
  const sp = readColumn(stop.registers, architecture.sp);
  const window = windowAt(stop, architecture.sp);
  if (window === undefined || sp % 8n !== 0n) return [];
  const frames = framesOf(stop);
  const start = (BigInt(window.startHi) << 32n) | BigInt(window.startLo);
  const end = start + BigInt(window.size);
  const last = frames.slice(0, shownFrames).findLast(({ sp: at }) => at >= start && at <= end);
  const top = last === undefined ? sp : last.sp + 16n;
  const words: StackWord[] = [];
  const lowest = sp - BigInt(Math.min(architecture.redZone, 8 * below));
  for (let address = lowest; address < top && address < end && words.length < above; address += 8n) {
    if (address < start) continue;
    const store = history.at(address);
    // Below SP, what nobody has written means nothing.
    if (address < sp && store === undefined) continue;
    const value = window.quads[Number(address - start) / 8]!;
    const isDead = address < sp;
    words.push({
      address: hex(address),
      offset: Number(address - sp),
      value: hex(value),
      meaning: `${isDead ? 'red zone: ' : ''}${meaning(address, value, store, stop, frames, names)}`,
      frames: [...(address === sp ? [0] : []), ...frames.flatMap((one) => (one.sp === address ? [one.number] : []))],
    });
  }
  return words;
}

interface NumberedFrame {
  readonly number: number;
  readonly frame: TrueFrame;
  readonly sp: bigint;
}

function framesOf(stop: Stop): NumberedFrame[] {
  const frames: NumberedFrame[] = [];
  for (let frame = stop.callers; frame !== null; frame = frame.behind) {
    frames.push({ number: frames.length + 1, frame, sp: readColumn(frame.registers, stop.architecture.sp) });
  }
  return frames;
}

function meaning(
  address: bigint,
  value: bigint,
  store: Store | undefined,
  stop: Stop,
  frames: readonly NumberedFrame[],
  names: CodeNames,
): string {
  const { architecture } = stop;
  const unsigned = value & ~((BigInt(stop.pacMaskHi) << 32n) | BigInt(stop.pacMaskLo));
  const called = frames.find(({ frame, sp }) => {
    if (readColumn(frame.registers, architecture.pc) !== unsigned) return false;
    return architecture.link >= 0 || sp === address + 8n;
  });
  if (called !== undefined && called.frame.kind !== 'interrupted') {
    const where = called.frame.kind === 'sentinel' ? 'the sentinel' : names.place(unsigned);
    const signed = unsigned === value ? '' : ', signed';
    return `return address${signed}: to frame ${called.number}, ${where}`;
  }
  if (store === undefined) return 'never written';
  if (store.byKernel) return signalWord(value, frames, architecture);
  const by = `by ${names.instruction(store.pc)} at ${names.place(store.pc)}`;
  const source = storedRegister(value, store, architecture, names);
  if (source === undefined) return `written ${by}`;
  const caller = frames[stop.depth - store.depth];
  const name = architecture.columnNames[source]!;
  const isSaved =
    caller !== undefined &&
    architecture.calleeSaved.includes(source) &&
    caller.frame.compared[source] === 1 &&
    readColumn(caller.frame.registers, source) === value;
  return isSaved ? `saved ${name} of frame ${caller.number}, ${by}` : `${name}, ${by}`;
}

/** Which register the kernel saved: by its value, which is rarely that of two. */
function signalWord(value: bigint, frames: readonly NumberedFrame[], { columnNames }: Architecture): string {
  const interrupted = frames.find(({ frame }) => frame.kind === 'interrupted');
  if (interrupted === undefined || value === 0n) return 'signal frame';
  const { registers, compared } = interrupted.frame;
  const column = columnNames.findIndex((_, i) => compared[i] === 1 && readColumn(registers, i) === value);
  return column < 0 ? 'signal frame' : `signal frame: ${columnNames[column]} of frame ${interrupted.number}`;
}

/** A register the instruction names that held the value before it. */
function storedRegister(
  value: bigint,
  { pc, registers }: Store,
  { columnNames, sp, pc: pcColumn }: Architecture,
  names: CodeNames,
): number | undefined {
  const words = new Set(names.instruction(pc).split(/[^\w]+/));
  const column = columnNames.findIndex(
    (name, i) => i !== sp && i !== pcColumn && words.has(name) && readColumn(registers, i) === value,
  );
  return column < 0 ? undefined : column;
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}
