import { describe, expect, it } from 'vitest';
import type { DwarfState } from '../../../../harness/compact/x86-64/follow-code.ts';
import { type Claim, proveClaims } from '../../../../harness/compact/x86-64/prove-claims.ts';

const rsp = 7;
const rbp = 6;
const rbx = 3;
const r12 = 12;
const all = -1;
const but = (...columns: number[]) => columns.reduce((bits, column) => bits & ~(1 << column), all);

const code = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const state = (start: number, cfaColumn: number, cfaOffset: number, unsaved = all): DwarfState => ({
  start,
  cfaColumn,
  cfaOffset,
  unsaved,
});
const popped = (start: number, end: number, column: number, offset: number): Claim => ({
  start,
  end,
  kind: 'popped',
  column,
  offset,
});
const pushed = (start: number, end: number, column: number, offset: number): Claim => ({
  ...popped(start, end, column, offset),
  kind: 'pushed',
});
const proven = (hex: string, states: readonly DwarfState[], claim: Claim) => proveClaims(code(hex), states, [claim])[0];

/** push rbx; sub rsp, 8; add rsp, 8; pop rbx; ret; nopw; pop of others behind it. */
const simple = '53 4883ec08 4883c408 5b c3 660f1f440000';
const simpleStates = [
  state(0, rsp, 8),
  state(1, rsp, 16, but(rbx)),
  state(5, rsp, 24, but(rbx)),
  state(9, rsp, 16, but(rbx)),
  state(10, rsp, 8, but(rbx)),
];

describe('a popped register', () => {
  it('is proven by the pop from the very slot that DWARF names, up to the return and the padding behind it', () => {
    expect(proven(simple, simpleStates, popped(10, 17, rbx, -16))).toBe(true);
  });

  it.each([
    ['another slot', popped(10, 11, rbx, -24)],
    ['another register', popped(10, 11, r12, -16)],
    ['an address before the pop', popped(9, 11, rbx, -16)],
  ])('is not proven for %s', (_, claim) => {
    expect(proven(simple, simpleStates, claim)).toBe(false);
  });

  it('is not proven where it is written again, be it a part of it', () => {
    // pop rbx; mov bh, 1; ret – and with a REX prefix the same number is DIL.
    const states = [state(0, rsp, 16, but(rbx)), state(1, rsp, 8, but(rbx))];
    expect(proven('5b b701 c3', states, popped(3, 4, rbx, -16))).toBe(false);
    expect(proven('5b 40b701 c3', states, popped(4, 5, rbx, -16))).toBe(true);
    expect(proven('5b 0fa2 c3', states, popped(3, 4, rbx, -16))).toBe(false);
    // rdsspq rbx, and endbr64 of the same opcode
    expect(proven('5b f3480f1ecb c3', states, popped(6, 7, rbx, -16))).toBe(false);
    expect(proven('5b f30f1efa c3', states, popped(5, 6, rbx, -16))).toBe(true);
  });

  it('is proven by leave, and by pops whose place only the end tells', () => {
    const frame = [state(0, rbp, 16, but(rbp, rbx)), state(1, rsp, 8, but(rbp, rbx))];
    expect(proven('c9 c3', frame, popped(1, 2, rbp, -16))).toBe(true);
    const pops = [state(0, rbp, 16, but(rbp, rbx)), state(2, rsp, 8, but(rbp, rbx))];
    expect(proven('5b 5d c3', pops, popped(2, 3, rbx, -24))).toBe(true);
    expect(proven('5b 5d c3', pops, popped(2, 3, rbx, -32))).toBe(false);
    // mov rbx, [rbp-24]; leave; ret
    expect(proven('488b5de8 c9 c3', [frame[0]!, state(5, rsp, 8, but(rbp, rbx))], popped(5, 6, rbx, -40))).toBe(true);
  });

  it('is not proven by what lies behind a jump, or where padding is jumped to', () => {
    // pop rbx; jmp +0; ret
    const states = [state(0, rsp, 16, but(rbx)), state(1, rsp, 8, but(rbx))];
    expect(proven('5b eb00 c3', states, popped(1, 3, rbx, -16))).toBe(true);
    expect(proven('5b eb00 c3', states, popped(3, 4, rbx, -16))).toBe(false);
    // jne to the nop; pop rbx; ret; nop
    const jumped = [state(0, rsp, 16, but(rbx)), state(3, rsp, 8, but(rbx))];
    expect(proven('7502 5b c3 90', jumped, popped(3, 5, rbx, -16))).toBe(false);
    expect(proven('7400 5b c3 90', jumped, popped(3, 5, rbx, -16))).toBe(true);
  });

  it('is not proven where a jump leads that has not executed the pop, unless the register is not saved at the jump', () => {
    // je to the ret, forwards; pop rbx; ret
    const jumped = (saved: number) => [state(0, rsp, 16, saved), state(3, rsp, 8, but(rbx))];
    expect(proven('7401 5b c3', jumped(but(rbx)), popped(3, 4, rbx, -16))).toBe(false);
    expect(proven('7401 5b c3', jumped(all), popped(3, 4, rbx, -16))).toBe(true);
    // mov rbx, [rsp]; nop; jne to the nop, or to the mov
    const looped = [state(0, rsp, 16, but(rbx))];
    expect(proven('488b1c24 90 75fd c3', looped, popped(4, 5, rbx, -16))).toBe(false);
    expect(proven('488b1c24 90 75f9 c3', looped, popped(4, 5, rbx, -16))).toBe(true);
  });

  // From behind the instruction on, DWARF counts from RBP and does not tell where RSP is.
  const behind = (hex: string) => [state(0, rsp, 32, but(rbx)), state(hex.length / 2, rbp, 16, but(rbx))];

  it.each([
    ['popfq', '9d', 8],
    ['push fs', '0fa0', -8],
    ['pop gs', '0fa9', 8],
  ])('is where %s has moved the stack pointer to', (_, hex, moved) => {
    const ret = 1 + hex.length / 2;
    expect(proven(`${hex} 5b c3`, behind(hex), popped(ret, ret + 1, rbx, moved - 32))).toBe(true);
    expect(proven(`${hex} 5b c3`, behind(hex), popped(ret, ret + 1, rbx, -32))).toBe(false);
  });

  it.each([
    ['push ax', '6650'],
    ['enter', 'c8100000'],
  ])('is not proven behind %s', (_, hex) => {
    const ret = 1 + hex.length / 2;
    expect(proven(`${hex} 5b c3`, behind(hex), popped(ret, ret + 1, rbx, -32))).toBe(false);
  });

  it('is not proven by bytes that are no instruction', () => {
    const states = [state(0, rsp, 16, but(rbx)), state(1, rsp, 8, but(rbx))];
    expect(proven('5b 06 c3', states, popped(1, 3, rbx, -16))).toBe(false);
  });
});

describe('a pushed register', () => {
  /** push rbp; mov rbp, rsp; push r12; push rbx; sub rsp, 16 */
  const prologue = '55 4889e5 4154 53 4883ec10';
  const states = [state(0, rsp, 8), state(1, rsp, 16, but(rbp)), state(4, rbp, 16, but(rbp))];

  it('is proven by the push while DWARF says nothing of the register', () => {
    expect(proven(prologue, states, pushed(6, 11, r12, -24))).toBe(true);
    expect(proven(prologue, states, pushed(7, 11, rbx, -32))).toBe(true);
  });

  it.each([
    ['before the push', pushed(4, 7, r12, -24)],
    ['another slot', pushed(6, 7, r12, -32)],
  ])('is not proven for %s', (_, claim) => {
    expect(proven(prologue, states, claim)).toBe(false);
  });

  it('is not proven after it was popped again, as its slot may be overwritten', () => {
    const states = [state(0, rsp, 8), state(1, rsp, 16), state(2, rsp, 8)];
    expect(proven('53 5b c3', states, pushed(1, 2, rbx, -16))).toBe(true);
    expect(proven('53 5b c3', states, pushed(2, 3, rbx, -16))).toBe(false);
  });

  it('is not proven where the register or the slot is written behind the push', () => {
    const states = [state(0, rsp, 8), state(1, rsp, 16)];
    // push rbx; xor ebx, ebx; nop – push rbx; mov [rsp], rax; nop – push rbx; mov [rsp-8], rax; nop
    expect(proven('53 31db 90', states, pushed(3, 4, rbx, -16))).toBe(false);
    expect(proven('53 48890424 90', states, pushed(5, 6, rbx, -16))).toBe(false);
    expect(proven('53 48894424f8 90', states, pushed(6, 7, rbx, -16))).toBe(true);
  });

  it('is not proven by a slot below the stack pointer, or where that is not known', () => {
    // mov [rsp-8], rbx; nop – and rsp, -16 between the prologue and what is asked about
    expect(proven('48895c24f8 90', [state(0, rsp, 8)], pushed(5, 6, rbx, -16))).toBe(false);
    expect(proven(`${prologue} 4883e4f0 90`, states, pushed(15, 16, rbx, -32))).toBe(false);
  });

  it('is not proven where DWARF has the register saved, and changed, before the push', () => {
    const states = [state(0, rsp, 8, but(rbx)), state(1, rsp, 16)];
    expect(proven('53 90', states, pushed(1, 2, rbx, -16))).toBe(false);
  });

  it('is not proven where a jump leads that has not executed the push', () => {
    // je to the nop, or behind it; push rbx; nop; ret
    const jumped = [state(0, rsp, 8), state(3, rsp, 16)];
    expect(proven('7401 53 90 c3', jumped, pushed(3, 4, rbx, -16))).toBe(false);
    expect(proven('7402 53 90 c3', jumped, pushed(3, 4, rbx, -16))).toBe(true);
  });

  it('is not proven after DWARF says that the register was restored, though neither has changed', () => {
    // push rbx; nop; nop
    const states = [state(0, rsp, 8), state(1, rsp, 16, but(rbx)), state(2, rsp, 16)];
    expect(proven('53 90 90', states, pushed(2, 3, rbx, -16))).toBe(false);
    expect(proven('53 90 90', [states[0]!, { ...states[2]!, start: 1 }], pushed(2, 3, rbx, -16))).toBe(true);
  });
});
