import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import {
  oldVdsoFde,
  type TrampolineSpelling,
  trampolineCode,
  trampolineFde,
  trampolineFdeAtStart,
  trampolineLabel,
  trampolinePadding,
} from '../../function/trampoline.ts';
import type { LinkedProgram, LinkOptions } from '../../link/index.ts';
import type { ExpectedRow, Feature, Run, Signal, WalkEnd } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { entryName } from '../chain.ts';
import { ordinaryPlacement, type Placement } from '../placement.ts';
import type { Scenario, ScenarioMode } from '../scenario.ts';
import { Places } from './places.ts';

/** How the trampoline is described: see `trampolineFde`, `oldVdsoFde`; without CFI it is to be known by its code. */
export type TrampolineForm = 'early' | 'at-start' | 'by-code' | 'old-vdso';

/** A scenario whose runs are interrupted by signals. */
export interface SignalScenario {
  /** Behind the group and a slash. */
  readonly name: string;
  /** Default: `signal`. */
  readonly group?: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Besides what every signal needs. */
  readonly needs?: readonly Feature[];
  readonly architectures?: readonly ArchitectureName[];
  readonly programs: Readonly<Record<ScenarioMode, number>>;
  /** Default: `early`. */
  readonly trampoline?: TrampolineForm;
  /** Default: `usual`. */
  readonly spelling?: TrampolineSpelling;
  /** Default: `.eh_frame` with its header. */
  readonly unwindSections?: LinkOptions['unwindSections'];
  /** Everything but the trampoline; the first function is the one that is entered. */
  functions(random: Random, architecture: ArchitectureName): readonly CodeFunction[];
  /** Default: as an ordinary process. */
  place?(random: Random): Placement;
  /** The executions. Default: one, which enters the first function by a call and delivers `signals`. */
  runs?(places: Places, linked: LinkedProgram): readonly Run[];
  signals?(places: Places, random: Random): readonly Signal[];
  /** Where walks end before the outermost frame. Default: nowhere. */
  walkEnds?(random: Random, linked: LinkedProgram): readonly WalkEnd[];
  /** Rows that must be read, whatever follows from them. Default: none. */
  expectedRows?(linked: LinkedProgram): readonly ExpectedRow[];
}

const demands: Readonly<Record<TrampolineForm, readonly Feature[]>> = {
  early: ['expressions'],
  'at-start': ['signal-trampoline-by-code'],
  'by-code': ['signal-trampoline-by-code'],
  'old-vdso': [],
};

/** Makes a scenario of the plan; every function lies directly behind the one before it. */
export function signalScenario(plan: SignalScenario): Scenario {
  const name = `${plan.group ?? 'signal'}/${plan.name}`;
  const form = plan.trampoline ?? 'early';
  const needs: Feature[] = ['callee-saved', 'signal-frames', ...demands[form], ...(plan.needs ?? [])];
  return {
    name,
    description: plan.description,
    about: plan.about,
    source: plan.source,
    architectures: plan.architectures ?? ['x86-64', 'aarch64'],
    needs,
    count: (mode) => plan.programs[mode],
    generate(architecture, index, seed) {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const functions = plan.functions(random, architecture).map((code) => close(code, architecture));
      return buildProgram({
        scenario: name,
        needs,
        architecture,
        index,
        seed,
        placement: (plan.place ?? ordinaryPlacement)(random.derive('placement')),
        functions: [
          ...functions,
          ...trampolineCode(architecture, form === 'at-start' ? 'code' : 'padding', plan.spelling),
        ],
        padding: trampolinePadding,
        link: {
          entry: functions[0]!.name,
          extraFdes: fdes(form, architecture, plan.spelling),
          ...(plan.unwindSections !== undefined && { unwindSections: plan.unwindSections }),
        },
        runs(linked) {
          const places = new Places(linked, addressOf(linked, trampolineLabel));
          const signals = plan.signals?.(places, random) ?? [];
          return plan.runs?.(places, linked) ?? [enter(linked, signals, functions[0]!.name)];
        },
        walkEnds: (linked) => plan.walkEnds?.(random, linked) ?? [],
        ...(plan.expectedRows === undefined ? {} : { expectedRows: plan.expectedRows }),
      });
    },
  };
}

/** A run that calls a function, interrupted by signals. */
export function enter(linked: LinkedProgram, signals: readonly Signal[], name = entryName, selector = 0n): Run {
  return { entry: addressOf(linked, name), start: 'call', arguments: [selector], signals };
}

function fdes(form: TrampolineForm, architecture: ArchitectureName, spelling?: TrampolineSpelling) {
  if (form === 'by-code') return [];
  if (form === 'old-vdso') return [oldVdsoFde()];
  return [form === 'early' ? trampolineFde(architecture, spelling) : trampolineFdeAtStart(architecture)];
}

/** So that the byte before a function belongs to another one. */
function close(code: CodeFunction, architecture: ArchitectureName): CodeFunction {
  return { ...code, align: architecture === 'x86-64' ? 1 : 4 };
}
