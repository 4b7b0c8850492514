import { describe, expect, it } from 'vitest';
import { scenarios } from '../../../generators/index.ts';
import { explainFailure, replayCommand, runProgram, type Unwinder, unicornFactory } from '../../../harness/index.ts';
import { plumbline } from '../../commands/plumbline.ts';
import framePointer from '../../examples/frame-pointer.mjs';

const emulators = unicornFactory();
const scenario = scenarios.find(({ name }) => name === 'prologue/store')!;
const program = scenario.generate('x86-64', 1, '7');
const failureOf = (unwinder: Unwinder) => runProgram(program, { emulators, unwinders: [unwinder] }).failures[0]!;

describe('explainFailure() and replayCommand()', () => {
  const failure = failureOf(framePointer);
  const origin = { program, seed: '7', module: './test/examples/frame-pointer.mjs' };

  it('give a library user what the command line prints, for the command line to run', { timeout: 60_000 }, async () => {
    const command = replayCommand(failure, origin);
    const text = explainFailure(failure, origin);
    expect(text.split('\n')[0]).toMatch(/^fail: prologue\/store on x86-64, frame-pointer: .* in 1 program\)$/);
    expect(text).toContain(`why  ${failure.example.message}`);
    expect(text).toContain(`\n  replay  ${command}\n`);
    expect(text.split('\n').at(-1)).toMatch(/^ {2}explain npx plumbline explain prologue\/store#1 .* --stop \d+$/);
    const { stdout, status } = await plumbline(...command.replace('npx plumbline ', '').split(' '));
    expect(status).toBe(1);
    expect(stdout).toContain(`why  ${failure.example.message}`);
    expect(stdout).toContain(`replay  ${command}`);
  });

  it('name the unwinder where it comes from no file', () => {
    expect(replayCommand(failure, { program, seed: '7' })).toContain('--unwinder frame-pointer --seed 7');
  });
});
