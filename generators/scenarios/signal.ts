import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction } from '../assembly/index.ts';
import { createWriter } from '../function/create-writer.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import { trampolineCode, trampolineFde, trampolineLabel, trampolinePadding } from '../function/trampoline.ts';
import type { LinkedProgram } from '../link/index.ts';
import type { Feature, Signal, Stack } from '../program.ts';
import { Random } from '../random.ts';
import { addressOf, buildProgram } from './build-program.ts';
import { chain, entryName } from './chain.ts';
import { ordinaryPlacement } from './placement.ts';
import type { Scenario } from './scenario.ts';

const handlerName = 'handler';
const innerHandlerName = 'handler.inner';
const alternateStack = 'alternate';

/** What a kind of program does with signals. */
interface Kind {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly needs: readonly Feature[];
  readonly programs: { readonly full: number; readonly quick: number };
  /** The trampoline has no CFI. */
  readonly byCode?: true;
  readonly alternate?: true;
  /** The addresses to interrupt, and whether the handlers' instructions are interrupted, too. */
  interrupted(linked: LinkedProgram): readonly bigint[];
  readonly nested?: true;
}

const everywhere = (linked: LinkedProgram): readonly bigint[] =>
  linked.instructions.filter((address) => isIn(linked, address, (name) => /^(entry|function\d+)$/.test(name)));

const firstInstructions = (linked: LinkedProgram): readonly bigint[] =>
  linked.functions.filter(({ name }) => /^(entry|function\d+)$/.test(name)).map(({ start }) => start);

const kinds: readonly Kind[] = [
  {
    name: 'every-instruction',
    description: 'a signal at every instruction of every function; the trampoline has CFI',
    source: 'DWARF 5, section 6.4.4; glibc __restore_rt; real: libunwind #1059',
    needs: ['callee-saved', 'signal-frames', 'expressions'],
    programs: { full: 30, quick: 3 },
    interrupted: everywhere,
  },
  {
    name: 'first-instruction',
    description: 'a signal at the first instruction of each function, which directly follows another one',
    source: 'libunwind #1059, LLVM #92291, GCC PR 26208',
    needs: ['callee-saved', 'signal-frames', 'expressions'],
    programs: { full: 40, quick: 4 },
    interrupted: firstInstructions,
  },
  {
    name: 'nested',
    description: 'handlers and the trampoline are interrupted by a second signal',
    source: 'libunwind #924',
    needs: ['callee-saved', 'signal-frames', 'expressions'],
    programs: { full: 25, quick: 2 },
    interrupted: firstInstructions,
    nested: true,
  },
  {
    name: 'alternate-stack',
    description: 'the handler runs on an alternate stack',
    source: 'sigaltstack(2); DWARF 5, section 6.4.4',
    needs: ['callee-saved', 'signal-frames', 'expressions'],
    programs: { full: 15, quick: 2 },
    interrupted: everywhere,
    alternate: true,
  },
  {
    name: 'by-code',
    description: 'a signal at every instruction; the trampoline has no CFI and is known by its code',
    source: 'Linux 87676cfca141 (vdso without .eh_frame_hdr), musl',
    needs: ['callee-saved', 'signal-frames', 'signal-trampoline-by-code'],
    programs: { full: 15, quick: 2 },
    interrupted: everywhere,
    byCode: true,
  },
];

/** Signals, delivered as the kernel does. */
export const signalScenarios: readonly Scenario[] = kinds.map((kind) => {
  const name = `signal/${kind.name}`;
  return {
    name,
    description: kind.description,
    source: kind.source,
    architectures: ['x86-64', 'aarch64'],
    needs: kind.needs,
    count: (mode) => kind.programs[mode],
    generate: (architecture, index, seed) => {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const placement = ordinaryPlacement(random);
      const links = Array.from({ length: random.between(2, 4) }, (_, i) => {
        const own = random.derive(i);
        // Close together, so that the byte before a function belongs to another one.
        return { style: ordinaryStyle(own), align: architecture === 'x86-64' ? 1 : 4 };
      });
      return buildProgram({
        scenario: name,
        needs: kind.needs,
        architecture,
        index,
        seed,
        placement: { ...placement, stacks: [...placement.stacks, ...(kind.alternate ? [alternate(random)] : [])] },
        functions: [
          ...chain(architecture, random, links),
          handler(architecture, handlerName, random),
          ...(kind.nested ? [handler(architecture, innerHandlerName, random)] : []),
          ...trampolineCode(architecture),
        ],
        padding: trampolinePadding,
        link: { entry: entryName, ...(kind.byCode ? {} : { extraFdes: [trampolineFde(architecture)] }) },
        runs: (linked) => [
          {
            entry: addressOf(linked, entryName),
            start: 'call',
            arguments: [0n],
            signals: signals(linked, kind),
          },
        ],
      });
    },
  };
});

function signals(linked: LinkedProgram, kind: Kind): Signal[] {
  const trampoline = addressOf(linked, trampolineLabel);
  const deliver = (at: bigint, handlerLabel: string, stack?: string): Signal => ({
    at,
    occurrence: 1,
    handler: addressOf(linked, handlerLabel),
    trampoline,
    ...(stack === undefined ? {} : { stack }),
  });
  const first = kind
    .interrupted(linked)
    .map((at) => deliver(at, handlerName, kind.alternate ? alternateStack : undefined));
  if (!kind.nested) return first;
  const inHandler = linked.instructions.filter((address) =>
    isIn(linked, address, (name) => name === handlerName || name === trampolineLabel),
  );
  return [...first, ...inHandler.map((at) => deliver(at, innerHandlerName))];
}

function isIn(linked: LinkedProgram, address: bigint, wanted: (name: string) => boolean): boolean {
  return linked.functions.some(({ name, start, end }) => wanted(name) && address >= start && address < end);
}

function handler(architecture: ArchitectureName, name: string, random: Random): CodeFunction {
  const own = random.derive(name);
  const writer = createWriter(architecture, { ...ordinaryStyle(own), saved: own.between(3, 5) }, own);
  writer.prologue();
  writer.overwrite();
  writer.work(own.between(1, 3));
  writer.epilogue();
  writer.ret();
  return { name, items: writer.items };
}

function alternate(random: Random): Stack {
  const start = 0x7f00_0000_0000n + BigInt(random.below(0x10000)) * 0x1000n;
  return { name: alternateStack, start, size: 0x4000, behind: 'nobody' };
}
