import type { Scenario } from '../scenario.ts';
import type { Taste } from './invent.ts';
import { mixedChain } from './mixed-chain.ts';
import { recipeScenario } from './recipe-scenario.ts';

const plain: Taste = {
  functions: [4, 6],
  expressions: 0,
  sayings: 0,
  branches: 0.2,
  recursion: 0,
  fuel: [0, 0],
  signing: 0,
  signals: 0,
  large: 0.1,
};

const callGraph = recipeScenario({
  name: 'random/call-graph',
  description: 'random functions that share callees, call through registers and recur',
  about:
    'Five or six random functions call one another: a callee has several callers, a function calls itself or one ' +
    'that is running already, directly or through a register, and some end in a tail call. So the same code is ' +
    'unwound with many different callers behind it. An unwinder that remembers the outcome of a step by its PC ' +
    'instead of the rule gives the registers of another caller here.',
  source: 'DWARF 5, section 6.4; the other groups together',
  needs: ['callee-saved'],
  programs: { full: 8, quick: 1 },
  taste: () => ({ ...plain, functions: [5, 6], recursion: 0.5, fuel: [1, 2] }),
});

const paths = recipeScenario({
  name: 'random/control-flow',
  description: 'random functions full of conditional returns, detours and calls that do not return',
  about:
    'Random functions return early, take detours through code with an FDE of its own, move SP for a while, and end ' +
    'in calls that never return. Each branch is taken both ways. The row behind a return or a call is mostly not the ' +
    'one before it: unwinders that look a return address up as it is, or restore only half of a remembered state, ' +
    'go wrong.',
  source: 'DWARF 5, sections 6.4.2.4 and 6.4.4; real: libunwind #54, parca-agent #841',
  needs: ['callee-saved', 'pointer-authentication'],
  programs: { full: 14, quick: 1 },
  taste: () => ({ ...plain, branches: 0.55, signing: 0.3 }),
});

const spellings = recipeScenario({
  name: 'random/spellings',
  description: 'random functions whose CFI says plain things in unusual words',
  about:
    'The code is that of compilers; the CFI gives slots or the CFA by expressions, says that SP is the CFA by ' +
    'val_offset or val_expression, remembers a state only to restore it, and says what goes without saying. Nothing ' +
    'of this may change an answer. Unwinders that lack a directive, or take it for something to act upon, fail.',
  source: 'DWARF 5, section 6.4.2; real: lldb #150732, drgn #480, libunwind #93',
  needs: ['callee-saved', 'expressions', 'stack-pointer-rule', 'pointer-authentication'],
  programs: { full: 12, quick: 1 },
  taste: () => ({ ...plain, expressions: 0.6, sayings: 0.6, signing: 0.2 }),
});

const deep = recipeScenario({
  name: 'random/deep-stacks',
  description: 'random functions recur until the stack is dozens of frames deep',
  about:
    'Random functions recur, themselves or in rings, until the stack is dozens of frames deep, sometimes a hundred; every ' +
    'frame must be right, the outermost ones and the end of the walk included. Unwinders with a limit of their own ' +
    'end too early, those that let a small error in a register pass see it come up many frames later.',
  source: 'DWARF 5, section 6.4; System V psABI AMD64 and AAPCS64',
  needs: ['callee-saved'],
  programs: { full: 3, quick: 0 },
  taste: (random) => ({
    ...plain,
    functions: [2, 3],
    branches: 0,
    recursion: 1,
    fuel: [30, random.pick([40, 90])],
    large: 0,
  }),
});

const signals = recipeScenario({
  name: 'random/signals',
  description: 'signals at random instructions of random functions',
  about:
    'Random functions are interrupted at random instructions: in prologues, epilogues, detours, behind returns and ' +
    'in calls that do not return. Behind the trampoline every register must be what it was, and the row is that of ' +
    'the interrupted PC itself, not of the byte before. Unwinders that treat it as a return address, or forget that ' +
    'caller-saved registers are known there, fail.',
  source: 'DWARF 5, section 6.4.4; real: libunwind #1059, LLVM #92291',
  needs: ['callee-saved', 'signal-frames', 'expressions', 'stack-pointer-rule', 'pointer-authentication'],
  programs: { full: 10, quick: 1 },
  taste: () => ({ ...plain, branches: 0.3, sayings: 0.15, expressions: 0.2, signing: 0.3, signals: 6 }),
});

/** Random programs: what no scenario of its own thought of combining. */
export const randomScenarios: readonly Scenario[] = [mixedChain, callGraph, paths, spellings, deep, signals];
