import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { type CfiDirective, cfi } from '../../cfi/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { plainStyle } from '../../function/style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { WalkEnding } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram, type ProgramPlan } from '../build-program.ts';
import { chain, entryName, type Link } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';

const startName = '_start';

interface Plan extends Pick<Scenario, 'name' | 'description' | 'about' | 'source'> {
  readonly architectures?: readonly ArchitectureName[];
  readonly programs?: { readonly full: number; readonly quick: number };
  /** Writes what stands before the call of the entry in the outermost function. */
  begin(writer: FunctionWriter, random: Random, architecture: ArchitectureName): void;
  /** Writes what stands behind it. Default: nothing. */
  end?(writer: FunctionWriter, random: Random, architecture: ArchitectureName): void;
  /** The outermost function's first rules. Default: those of the architecture. */
  initial?(architecture: ArchitectureName): readonly CfiDirective[];
  /** Default: ordinary ones. */
  link?(random: Random, architecture: ArchitectureName): Link;
  readonly walkEnds?: NonNullable<ProgramPlan['walkEnds']>;
}

/** Programs whose outermost function is entered as the kernel enters it, calls the first of a chain and exits. */
function outermostScenario(plan: Plan): Scenario {
  const { name, description, about, source, programs = { full: 40, quick: 2 } } = plan;
  return {
    name,
    description,
    ...(about === undefined ? {} : { about }),
    source,
    architectures: plan.architectures ?? ['x86-64', 'aarch64'],
    needs: ['callee-saved'],
    count: (mode) => programs[mode],
    generate: (architecture, index, seed) => {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const links = Array.from(
        { length: random.between(1, 4) },
        () =>
          plan.link?.(random, architecture) ?? {
            style: { ...plainStyle, saved: random.between(0, 5), framePointer: random.chance(0.4) },
          },
      );
      return buildProgram({
        scenario: name,
        needs: ['callee-saved'],
        architecture,
        index,
        seed,
        placement: ordinaryPlacement(random),
        functions: [start(plan, architecture, random.derive(startName)), ...chain(architecture, random, links)],
        runs: (linked) => [{ entry: addressOf(linked, startName), start: 'jump', arguments: [0n], signals: [] }],
        ...(plan.walkEnds === undefined ? {} : { walkEnds: plan.walkEnds }),
      });
    },
  };
}

function start(plan: Plan, architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, plainStyle, random);
  plan.begin(writer, random, architecture);
  writer.call(entryName);
  plan.end?.(writer, random, architecture);
  writer.work(random.below(3));
  writer.exit();
  const initial = plan.initial?.(architecture);
  return { name: startName, items: writer.items, ...(initial === undefined ? {} : { cie: { initial } }) };
}

const undefinedReturn = (architecture: ArchitectureName) => cfi.undefined(machineOf(architecture).returnAddress);

/** Where stacks end: what the outermost function says of its return address. */
export const undefinedReturnAddress = outermostScenario({
  name: 'termination/undefined-return-address',
  description: 'the outermost function says its return address is undefined; what lies behind it is random',
  about:
    'The process begins in a function that nobody called; its CFI says so by a return address that is undefined from ' +
    'the first instruction on, and what lies where a return address would be is anything. Every walk must end with this ' +
    'function and say that it is the root. Wrong unwinders go on with the garbage, take the missing rule for one that ' +
    'keeps the register, or look for the rule only where the PC is not at the start of the function.',
  source: 'DWARF 5, section 6.4.4; real: libunwind #443, framehop #28',
  begin(writer, random, architecture) {
    writer.items.push({ cfi: undefinedReturn(architecture) });
    writer.work(random.below(4));
  },
});

export const undefinedInCie = outermostScenario({
  name: 'termination/undefined-in-cie',
  description: 'the CIE says the return address is undefined; states are remembered, the rule restored',
  about:
    'That the return address is undefined is one of the initial rules, in the CIE: the FDE does not say it. It changes ' +
    'the CFA between a remembered and a restored state and restores the rule of the return address, which makes it ' +
    'undefined again. Every walk must end with this function as its root. Wrong unwinders look for the rule in the FDE ' +
    'only, or take DW_CFA_restore for a return to the rule of the ABI.',
  source: 'DWARF 5, sections 6.4.2.3 and 6.4.4',
  initial: (architecture) => {
    const { sp, entryDepth } = machineOf(architecture);
    return [cfi.defCfa(sp, entryDepth), undefinedReturn(architecture)];
  },
  begin(writer, random, architecture) {
    const { returnAddress } = machineOf(architecture);
    writer.work(random.between(1, 2));
    writer.items.push({ cfi: cfi.rememberState() }, { cfi: cfi.defCfaOffset(64) }, { cfi: cfi.sameValue(3) });
    writer.work(random.between(1, 2));
    writer.items.push({ cfi: cfi.restoreState() }, { cfi: cfi.restoreExtended(returnAddress) });
    writer.work(random.between(1, 2));
  },
});

const anyEnd: readonly WalkEnding[] = ['no-info', 'root', 'invalid', 'unreadable', 'unsupported'];

export const lateUndefined = outermostScenario({
  name: 'termination/late-undefined',
  description: 'the return address of the outermost function is undefined from its second instruction on',
  about:
    'The outermost function says that its return address is undefined only behind its first instruction, as assembly ' +
    'with the directive behind a landing pad does. At the first instruction the CFI claims a caller, and anything may ' +
    'follow; from the second on it is the root. Wrong unwinders decide by the row at the start of the function, and ' +
    'then report callers at addresses such as 1.',
  source: 'DWARF 5, section 6.4.4; real: libunwind #443',
  begin(writer, random, architecture) {
    writer.work(1);
    writer.items.push({ cfi: undefinedReturn(architecture) });
    writer.work(random.between(1, 4));
  },
  walkEnds(linked) {
    const from = addressOf(linked, startName);
    return [{ start: from, end: from + 1n, endings: anyEnd, behind: 'anything' }];
  },
});

export const sameValueReturnAddress = outermostScenario({
  name: 'termination/same-value-return-address',
  description: 'x30 has no rule, or one that says it keeps its value; only an undefined one ends the walk',
  about:
    'Before x30 is saved and after it is loaded again, functions say nothing of it or state explicitly that it has its ' +
    'value: the return address is in the register, and the walk goes on. The outermost function says that it is ' +
    'undefined, which is a third thing. Wrong unwinders treat a rule that is absent like one that is undefined, or the ' +
    'other way round.',
  source: 'DWARF 5, section 6.4.1, rules undefined and same value; real: nbdd0121/unwinding #52',
  architectures: ['aarch64'],
  begin(writer, random, architecture) {
    writer.items.push({ cfi: undefinedReturn(architecture) });
    writer.work(random.below(3));
  },
  link: (random, architecture) => {
    const sameValue = { cfi: cfi.sameValue(machineOf(architecture).returnAddress) };
    const isStated = random.chance(0.6);
    return {
      style: { ...plainStyle, saved: random.between(0, 4), restores: 'stated' },
      write(writer, next, own) {
        if (isStated) writer.items.push(sameValue);
        writer.work(own.between(0, 2));
        writer.prologue();
        writer.overwrite();
        if (next !== undefined) writer.call(next);
        writer.work(own.between(1, 2));
        writer.epilogue();
        if (isStated) writer.items.push(sameValue);
        writer.work(own.between(0, 2));
        writer.ret();
      },
    };
  },
});
