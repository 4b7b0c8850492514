import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { selectorLabel } from '../../function/writer.ts';
import { linkProgram } from '../../link/index.ts';
import type { Feature, Library } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { chain, entryName, type Link } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';

/** Distance between the places of libraries; each needs less. */
const room = 0x20000n;

/** A library and where its first function lies. */
interface LinkedLibrary {
  readonly library: Library;
  readonly entry: bigint;
}

/** Before the call with this number (from 0), of those `callsTo` writes. */
const beforeCall = (number: number) => `before-call${number}`;

/** A function that calls others by their addresses, one after the other. */
function callsTo(random: Random, architecture: ArchitectureName, callees: readonly bigint[]): Link {
  const machine = machineOf(architecture);
  return {
    style: ordinaryStyle(random),
    callsOut: callees.length > 0,
    write(writer, _next, own) {
      writer.prologue();
      writer.overwrite();
      writer.work(own.between(1, 3));
      callees.forEach((callee, number) => {
        const target = own.pick(machine.scratch);
        writer.label(beforeCall(number));
        writer.items.push(...machine.constant(target, callee), machine.callRegister(target));
        writer.work(own.between(1, 3));
      });
      writer.epilogue();
      writer.ret();
    },
  };
}

/** One to three functions that call each other, the last of which calls what is elsewhere. */
function functionsOf(random: Random, architecture: ArchitectureName, callees: readonly bigint[]) {
  const ordinary = Array.from({ length: random.below(3) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) }));
  return chain(architecture, random, [...ordinary, callsTo(random.derive('last'), architecture, callees)]);
}

function linkLibrary(
  random: Random,
  architecture: ArchitectureName,
  name: string,
  loadBias: bigint,
  callees: readonly bigint[],
): LinkedLibrary {
  const linked = linkProgram(functionsOf(random, architecture, callees), {
    architecture,
    type: 'shared',
    textAddress: 0x1000n,
    loadBias,
    entry: entryName,
    data: [{ label: selectorLabel, bytes: new Uint8Array(8), writable: true }],
  });
  const { image, instructions, paddingBytes } = linked;
  return { library: { name, image, loadBias, instructions, paddingBytes }, entry: addressOf(linked, entryName) };
}

/** What the two scenarios have in common. */
interface Kind extends Pick<Scenario, 'name' | 'description' | 'about' | 'source'> {
  readonly needs: readonly Feature[];
  readonly programs: Readonly<Record<'full' | 'quick', number>>;
  /** Links the libraries, those first that are called by others. */
  libraries(random: Random, architecture: ArchitectureName, base: bigint): readonly LinkedLibrary[];
  /** Those the program calls, one after the other. */
  called(libraries: readonly LinkedLibrary[]): readonly LinkedLibrary[];
  /** Each called library takes the place of the one called before. */
  readonly exchanged: boolean;
}

const kinds: readonly Kind[] = [
  {
    name: 'address/several-modules',
    description: 'calls through several files, each with its own unwind information, in any address order',
    about:
      'A program and two to four libraries call one another; each has its own sections and its own search table, and they lie ' +
      'next to each other in any order. The unwinder must find the module of every frame anew: one that keeps to the module ' +
      'it began in, or that takes a base from one module for the pointers of another, loses the stack at the first border.',
    source: 'System V gABI, dynamic linking; dl_iterate_phdr',
    needs: ['callee-saved', 'several-modules'],
    programs: { full: 24, quick: 1 },
    libraries(random, architecture, base) {
      const places = random.shuffle(Array.from({ length: random.between(2, 4) }, (_, i) => base + BigInt(i) * room));
      const linked: LinkedLibrary[] = [];
      places.forEach((place, i) => {
        const next = linked.slice(-1).map(({ entry }) => entry);
        linked.push(linkLibrary(random.derive(`library${i}`), architecture, `library${i}`, place, next));
      });
      return linked;
    },
    called: (libraries) => libraries.slice(-1),
    exchanged: false,
  },
  {
    name: 'address/exchanged-module',
    description: 'libraries unloaded in mid-run, others loaded in their place: the same PCs with other rows',
    about:
      'The program calls a library, which is then unloaded, and another one is loaded at the same address and called; and ' +
      'once more. The same PCs now belong to other functions with other frames. An unwinder that was told of the change and ' +
      'still answers from a cache of rows, of FDEs or of modules answers for code that is no longer there.',
    source: 'POSIX dlopen and dlclose; libunwind, unw_flush_cache',
    needs: ['callee-saved', 'several-modules', 'changing-modules'],
    programs: { full: 8, quick: 1 },
    libraries: (random, architecture, base) =>
      [0, 1, 2].map((i) => linkLibrary(random.derive(`library${i}`), architecture, `library${i}`, base, [])),
    called: (libraries) => libraries,
    exchanged: true,
  },
];

/** Programs of several files. */
export const moduleScenarios: readonly Scenario[] = kinds.map((kind) => {
  const { name, description, about, source, needs, programs } = kind;
  return {
    name,
    description,
    ...(about === undefined ? {} : { about }),
    source,
    architectures: ['x86-64', 'aarch64'],
    needs,
    count: (mode) => programs[mode],
    generate(architecture, index, seed) {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const base = 0x7f00_0000_0000n + BigInt(random.below(0x100000)) * 0x10000n;
      const libraries = kind.libraries(random, architecture, base);
      const called = kind.called(libraries);
      return buildProgram({
        scenario: name,
        needs,
        architecture,
        index,
        seed,
        placement: ordinaryPlacement(random),
        functions: functionsOf(
          random.derive('program'),
          architecture,
          called.map(({ entry }) => entry),
        ),
        link: { entry: entryName },
        libraries: libraries.map(({ library }) => library),
        exchanges: (linked) =>
          called.slice(kind.exchanged ? 1 : called.length).map(({ library }, i) => ({
            at: addressOf(linked, beforeCall(i + 1)),
            unload: called[i]!.library.name,
            load: library.name,
          })),
        // Twice: the second run begins with the first library again.
        runs: (linked) =>
          [1n, 2n].map((argument) => ({
            entry: addressOf(linked, entryName),
            start: 'call',
            arguments: [argument],
            signals: [],
          })),
      });
    },
  };
});
