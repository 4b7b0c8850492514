import { basename } from 'node:path';
import * as dt from '../dynamic/constants.ts';
import type { Initializer } from './loaded-process.ts';
import type { ProcessModule } from './process-module.ts';

const noFunction = 0xffff_ffff_ffff_ffffn;

/** What makes a file ready, in order (gABI, "Initialization and Termination Functions"); its relocations are applied. */
export function initializersOf({ dynamic, path, loaded }: ProcessModule): Initializer[] {
  if (dynamic === undefined) return [];
  const found: Initializer[] = [];
  const add = (address: bigint, which: string) => {
    if (address !== 0n && address !== noFunction) found.push({ address, name: `${basename(path)} ${which}` });
  };
  const init = dynamic.value(dt.DT_INIT);
  if (init !== undefined) add(BigInt.asUintN(64, init + loaded.loadBias), 'DT_INIT');
  const array = dynamic.table(dt.DT_INIT_ARRAY, dt.DT_INIT_ARRAYSZ, 'the array of initialisers');
  for (let offset = 0; array !== undefined && offset + 8 <= array.byteLength; offset += 8) {
    add(array.getBigUint64(offset, true), `DT_INIT_ARRAY[${offset / 8}]`);
  }
  return found;
}
