import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Item } from '../../assembly/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { TrackedRow } from '../../function/row-tracker.ts';
import type { ordinary } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { ifSelectorIs, setSelector } from '../selector.ts';

const bufferLabel = 'jump.buffer';
const { rax, rsp } = x86.gpr;
const { x9, x10, sp } = a64.registers;
const kept64 = a64.xRegisters.slice(19, 30);

/** Stores what a jump back needs: callee-saved registers and SP. */
function storeBuffer(architecture: ArchitectureName): Item[] {
  if (architecture === 'x86-64') {
    const buffer = x86.lea(rax, x86.place(bufferLabel));
    return [buffer, ...[...x86.calleeSaved, rsp].map((register, i) => x86.store(x86.at(rax, 8 * i), register))];
  }
  return [
    a64.adr(x9, bufferLabel),
    ...kept64.map((register, i) => a64.str(register, a64.offset(x9, 8 * i))),
    a64.mov(x10, sp),
    a64.str(x10, a64.offset(x9, 8 * kept64.length)),
  ];
}

/** Loads the registers of whoever stored the buffer; SP last. */
function loadBuffer(architecture: ArchitectureName): Item[] {
  if (architecture === 'x86-64') {
    const buffer = x86.lea(rax, x86.place(bufferLabel));
    return [buffer, ...[...x86.calleeSaved, rsp].map((register, i) => x86.load(register, x86.at(rax, 8 * i)))];
  }
  return [
    a64.adr(x9, bufferLabel),
    ...kept64.map((register, i) => a64.ldr(register, a64.offset(x9, 8 * i))),
    a64.ldr(x10, a64.offset(x9, 8 * kept64.length)),
    a64.mov(sp, x10),
  ];
}

/**
 * A function far down gives SP and registers of another one back and jumps there. Until SP has changed, it has its own
 * frame; at the jump itself, it has the other's.
 */
export const nonLocalJump = chainScenario({
  name: 'control-flow/non-local-jump',
  description: 'a jump out of several frames at once, as longjmp makes it',
  about:
    'A function keeps its registers and SP in a buffer and calls others; the innermost of them loads the buffer and ' +
    'jumps back. The frames in between are gone without a return, and all their memory is dead at once. Unwinders that ' +
    'keep a shadow of calls and returns, or remember what a slot on the stack held, still see them.',
  source: 'ISO C, setjmp.h; glibc and musl longjmp',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 12, quick: 1 },
  link: () => ({ data: [{ label: bufferLabel, bytes: new Uint8Array(128), writable: true }] }),
  links(random, architecture) {
    const inBetween = random.between(1, 3);
    let landing: TrackedRow | undefined;
    const style = (i: number) => ordinaryStyle(random.derive(i));
    return [
      { style: style(0) },
      handLink(architecture, (hand, next, name, writer) => {
        const { machine } = hand;
        const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 4));
        hand.open(saved.length);
        saved.forEach((register, i) => {
          hand.save(register, i);
          hand.clobber(register);
        });
        writer.items.push(...setSelector(architecture, 1), ...storeBuffer(architecture));
        writer.label('landing');
        landing = {
          cfaRegister: machine.sp,
          cfaOffset: hand.depth,
          slots: new Map([
            ...(architecture === 'aarch64' ? [[machine.returnAddress, -8] as const] : []),
            ...saved.map((register, i) => [register, hand.slot(i)] as const),
          ]),
          signed: false,
        };
        writer.items.push(...ifSelectorIs(architecture, 0, `${name}.done`));
        // With SP lower than at the landing, all that is called lies below it.
        hand.remember();
        hand.grow(16 * random.between(1, 3));
        hand.emit(machine.call(next!));
        hand.restoreState();
        writer.label(`${name}.done`);
        hand.work(random.between(1, 3));
        for (const [i, register] of saved.entries()) {
          hand.get(register, i);
          hand.cfi(cfi.restore(register));
        }
        hand.close();
        hand.ret();
      }),
      ...Array.from({ length: inBetween }, (_, i) => ({
        style: style(2 + i),
        write: (...[writer, next, own]: Parameters<typeof ordinary>) => {
          writer.prologue();
          writer.overwrite();
          writer.work(own.between(1, 3));
          if (next !== undefined) writer.call(next);
        },
      })),
      {
        // It overwrites every register, so that it must have saved them all.
        style: { ...style(9), saved: architecture === 'x86-64' ? 6 : 11, framePointer: false },
        write(writer, _next, own) {
          writer.prologue();
          writer.work(own.between(1, 3));
          writer.items.push(...setSelector(architecture, 0), ...loadBuffer(architecture));
          writer.row.redeclare(landing!);
          writer.jump('landing');
        },
      },
    ];
  },
});
