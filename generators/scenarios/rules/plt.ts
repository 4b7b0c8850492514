import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { plainStyle } from '../../function/style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { DataBlock } from '../../link/index.ts';
import type { Random } from '../../random.ts';
import { type Fragments, type Link, ordinary } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import { ordinaryStyle } from './rule-scenario.ts';

/** Functions called through the PLT: all but the entry. */
const targets = ['function1', 'function2', 'function3', 'function4'];
/** What the entries push; large, so that `push` takes five bytes as in every real PLT. */
const firstIndex = 0x1000;

const cell = (label: string, target?: string): DataBlock => ({
  label,
  bytes: new Uint8Array(8),
  align: 8,
  writable: true,
  ...(target === undefined ? {} : { pointers: [{ offset: 0, label: target }] }),
});

const data: readonly DataBlock[] = [
  cell('got.link-map'),
  cell('got.resolver', 'resolver'),
  { ...cell('got'), bytes: new Uint8Array(8 * targets.length), pointers: pointers('plt.lazy.') },
  { label: 'targets', bytes: new Uint8Array(8 * targets.length), pointers: pointers('') },
  ...targets.map((target) => cell(`got.${target}`, `plt.lazy.${target}`)),
];

function pointers(prefix: string): DataBlock['pointers'] {
  return targets.map((target, i) => ({ offset: 8 * i, label: `${prefix}${target}` }));
}
