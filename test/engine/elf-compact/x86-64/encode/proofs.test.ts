import { describe, expect, it } from 'vitest';
import { extendedEncoder, g3Encoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import { encode, functionOf, type Step, withoutCode } from './functions.ts';

const saved = 'rbx-24 r14-16';

/** As LLVM does it: saved registers are named once all are pushed, and never restored. */
const llvm: readonly Step[] = [
  ['push r14', 'rsp+16'],
  ['push rbx', 'rsp+24'],
  ['push rax', `rsp+32 ${saved}`],
  ['nop 5'],
  ['add 8', `rsp+24 ${saved}`],
  ['pop rbx', `rsp+16 ${saved}`],
  ['pop r14', `rsp+8 ${saved}`],
  ['ret'],
];

/** The same, with one instruction replaced. */
const replaced = (steps: readonly Step[], at: number, instruction: string): readonly Step[] =>
  steps.map((step, i) => (i === at ? ([instruction, ...step.slice(1)] as unknown as Step) : step));

describe('what the code proves', () => {
  it('takes one descriptor for a whole function where registers are pushed earlier and popped earlier than rows say', () => {
    const { reason, list, strict, popped, pushed } = encode(g3Encoder, functionOf(llvm));
    expect(reason).toBeUndefined();
    expect([list.count, list.lo[0], list.hi[0]]).toEqual([1, 0x4000_0000 | (4 << 7) | 0x44, (4 << 8) | 4]);
    expect({ strict, popped, pushed }).toEqual({ strict: 3, popped: 2, pushed: 2 });
  });

  it('proves nothing without the code', () => {
    const table = withoutCode(functionOf(llvm));
    expect(encode(g3Encoder, table).reason).toBe('not proven that a register was popped');
  });

  it.each([
    ['another register is popped', 5, 'pop rcx'],
    ['both registers change places', 6, 'pop rbx'],
    ['the stack moves without a pop', 6, '4883c408'],
    ['a pop is skipped over', 6, '488d642408'],
  ])('does not take a register for restored where %s', (_, at, instruction) => {
    const { reason } = encode(g3Encoder, functionOf(replaced(llvm, at, instruction)));
    expect(reason).toBe('not proven that a register was popped');
  });

  it.each([
    ['is written', '4889fb', false],
    ['is written as a byte', 'b301', false],
    ['is written by a multiplication with three operands', '6bdf03', false],
    ['may be written by a function', 'e800000000', false],
    ['is only read', '4889df', true],
    ['is compared', '4839fb', true],
    ['is not touched by a store', '488907', true],
  ])('looks at what follows a pop: rbx %s', (_, instruction, isProven) => {
    const steps: Step[] = [...llvm.slice(0, 6), ['pop r14', `rsp+8 ${saved}`], [instruction], ['ret']];
    const { reason } = encode(g3Encoder, functionOf(steps));
    expect(reason === undefined).toBe(isProven);
  });

  it.each([
    ['another register is pushed', 1, 'push rcx'],
    ['nothing is pushed', 1, '488d6424f8'],
  ])('does not take a register for saved where %s', (_, at, instruction) => {
    const whole = encode(g3Encoder, functionOf(llvm));
    const { reason, list } = encode(g3Encoder, functionOf(replaced(llvm, at, instruction)));
    expect(reason).toBeUndefined();
    expect(list.count).toBeGreaterThan(whole.list.count);
  });

  it('does not take a register for saved any more where it is written before the row names it', () => {
    const steps = replaced(llvm, 2, '4889fb4883ec08');
    const { list } = encode(g3Encoder, functionOf(steps));
    expect(list.count).toBeGreaterThan(1);
  });

  it('does not take a slot for good any more where memory is written before the row names it', () => {
    const untouched = encode(extendedEncoder, functionOf(llvm));
    const stored: Step[] = [...llvm.slice(0, 1), ['488907'], ['push rbx', 'rsp+24'], ...llvm.slice(2)];
    expect(untouched.list.count).toBe(1);
    expect(encode(extendedEncoder, functionOf(stored)).list.count).toBeGreaterThan(1);
  });

  it('never takes a register for saved again once the rows say that it is restored', () => {
    const steps: Step[] = [
      ['push rbx', 'rsp+16 rbx-16'],
      ['sub 16', 'rsp+32 rbx-16'],
      ['488b5c2410', 'rsp+32'],
      ['nop 3'],
      ['add 16', 'rsp+16'],
      ['pop rcx', 'rsp+8'],
      ['ret'],
    ];
    const { reason, list, strict, popped, pushed } = encode(g3Encoder, functionOf(steps));
    expect(reason).toBeUndefined();
    expect({ strict, popped, pushed, count: list.count }).toEqual({ strict: 6, popped: 0, pushed: 0, count: 3 });
  });

  it('knows where the stack is in an RBP frame by what follows the pops', () => {
    const named = 'rbx-32 rbp-16 r14-24';
    const steps: Step[] = [
      ['push rbp', 'rsp+16 rbp-16'],
      ['frame', 'rbp+16 rbp-16'],
      ['push r14'],
      ['push rbx', `rbp+16 ${named}`],
      ['nop 9'],
      ['pop rbx'],
      ['pop r14'],
      ['pop rbp', `rsp+8 ${named}`],
      ['ret'],
    ];
    expect(encode(g3Encoder, functionOf(steps))).toMatchObject({ reason: undefined, popped: 1, list: { count: 1 } });
    const swapped = replaced(replaced(steps, 5, 'pop r14'), 6, 'pop rbx');
    expect(encode(g3Encoder, functionOf(swapped)).reason).toBe('not proven that a register was popped');
    const lost = replaced(steps, 6, '4889fc');
    expect(encode(g3Encoder, functionOf(lost)).reason).toBe('not proven that a register was popped');
  });

  it('accepts a load from the slot as a restore, and leave', () => {
    const steps = (displacement: string): Step[] => [
      ['push rbp', 'rsp+16 rbp-16'],
      ['frame', 'rbp+16 rbp-16'],
      ['push r12', 'rbp+16 rbp-16 r12-24'],
      ['nop 9'],
      [`4c8b65${displacement}`],
      ['leave', 'rsp+8 rbp-16 r12-24'],
      ['ret'],
    ];
    expect(encode(g3Encoder, functionOf(steps('f8'))).reason).toBeUndefined();
    expect(encode(g3Encoder, functionOf(steps('f0'))).reason).toBe('not proven that a register was popped');
  });

  it('does not trust a pop that is jumped over by someone who has the register saved', () => {
    const steps = (before: string): Step[] => [
      [before === 'first' ? '7408' : '9090'],
      ['push rbx', 'rsp+16 rbx-16'],
      [before === 'saved' ? '7404' : '9090'],
      ['4889fb'],
      ['pop rbx', 'rsp+8 rbx-16'],
      ['nop 3'],
      ['ret'],
    ];
    expect(encode(g3Encoder, functionOf(steps('none'))).reason).toBeUndefined();
    // Before the push, the register has its value anyway.
    expect(encode(g3Encoder, functionOf(steps('first'))).reason).toBeUndefined();
    expect(encode(g3Encoder, functionOf(steps('saved'))).reason).toBe('not proven that a register was popped');
  });

  it('goes on in the padding behind a return, but not in code there', () => {
    const steps = (padding: string): Step[] => [...llvm, [padding], ['nop 2'], ['nop 9', `rsp+32 ${saved}`], ['nop 1']];
    expect(encode(g3Encoder, functionOf(steps('0f1f4000'))).reason).toBeUndefined();
    expect(encode(g3Encoder, functionOf(steps('4889df'))).reason).toBe('not proven that a register was popped');
    const nextRow: Step[] = [...llvm.slice(0, -1), ['ret', 'rsp+8 rbx-24'], ['nop 3'], ['ret']];
    expect(encode(g3Encoder, functionOf(nextRow)).reason).toBe('not proven that a register was popped');
  });

  it('does not read beyond the end of the code or what is not an instruction', () => {
    for (const broken of ['06', 'c4', '0f', '48', '66666666666666666666666666666690']) {
      const { reason } = encode(g3Encoder, functionOf(replaced(llvm, 5, `5b${broken}`)));
      expect(reason, broken).toBe('not proven that a register was popped');
    }
  });
});
