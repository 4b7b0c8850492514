import { describe, expect, it } from 'vitest';
import { compiledScenarios } from '../../../harness/compiled/index.ts';
import { planPrograms } from '../../../harness/runner/plan.ts';
import { suiteScenarios } from '../../../harness/runner/suite-scenarios.ts';
import { readManifest } from '../../fixtures/manifest.ts';
import { fixtures, folderOf, onlyScenario } from './folder.ts';

const scenarios = compiledScenarios(fixtures());
const { binaries } = readManifest();
const named = (name: string) => scenarios.find((scenario) => scenario.name === `compiled/${name}`)!;

describe('compiledScenarios()', () => {
  it('has one for each compiler and one for the programs with known faults', () => {
    expect(scenarios.map(({ name }) => name)).toEqual([
      'compiled/clang-14',
      'compiled/clang-16',
      'compiled/gcc-12',
      'compiled/known-producer-faults',
    ]);
    expect(named('clang-14').architectures).toEqual(['x86-64']);
    expect(named('gcc-12').architectures).toEqual(['x86-64', 'aarch64']);
    expect(named('gcc-12').source).toMatch(/^x86_64-linux-gnu-gcc-12 .*12\.2\.0|aarch64-linux-gnu-gcc-12 .*12\.2\.0/);
  });

  it('are scenarios of the suite, behind those of generated programs', () => {
    expect(
      suiteScenarios()
        .slice(-scenarios.length)
        .map(({ name }) => name),
    ).toEqual(scenarios.map(({ name }) => name));
    expect(suiteScenarios()[0]!.name).toMatch(/^prologue\//);
  });

  it('together have every binary once', () => {
    const jobs = planPrograms(scenarios, { mode: 'full' });
    expect(jobs.length).toBe(binaries.length);
    const seeds = jobs.map(({ architecture, scenario, index }) => {
      return scenarios.find(({ name }) => name === scenario)!.generate(architecture, index, '5').seed;
    });
    expect(seeds.sort()).toEqual(binaries.map(({ path }) => `5/${path}`).sort());
  });

  it('has each thirty-second binary in a quick run, at the same index', () => {
    const scenario = named('clang-16');
    const own = binaries.filter(({ path, compiler, architecture }) => {
      return compiler === 'clang16' && architecture === 'x86-64' && !fixtures().faults.has(path);
    });
    const quick = scenario.count('quick', 'x86-64');
    expect(quick).toBe(Math.ceil(own.length / 32));
    const seeds = Array.from({ length: quick }, (_, index) => scenario.generate('x86-64', index, '1').seed);
    expect(seeds).toEqual(own.filter((_, i) => i % 32 === 0).map(({ path }) => `1/${path}`));
    expect(() => scenario.generate('x86-64', own.length, '1')).toThrow(/compiled\/clang-16 has no program/);
  });

  it('gives the same program for the same seed, and loads it elsewhere for another', () => {
    const scenario = onlyScenario(folderOf('binaries/x86-64/callbacks-gcc12-O2-pie'));
    const [one, again, other] = ['1', '1', '2'].map((seed) => scenario.generate('x86-64', 0, seed));
    expect(again).toEqual(one);
    expect(other!.image).toEqual(one!.image);
    expect(other!.loadBias).not.toBe(one!.loadBias);
    expect(other!.runs[0]!.entry - other!.loadBias).toBe(one!.runs[0]!.entry - one!.loadBias);
    expect(other!.stacks[0]!.start).not.toBe(one!.stacks[0]!.start);
  });

  it('enters executables as the kernel does and calls main() of object files', () => {
    const runOf = (path: string) => onlyScenario(folderOf(path)).generate('aarch64', 0, '1').runs[0]!;
    const executable = runOf('binaries/aarch64/recursion-clang16-O2');
    const { exitStatus } = binaries.find(({ source }) => source === 'sources/recursion.c')!;
    expect(executable).toMatchObject({ start: 'jump', arguments: [], exitStatus });
    expect(runOf('binaries/aarch64/recursion-clang16-O2-object.o')).toMatchObject({ start: 'call', exitStatus });
  });

  it('tells what a program needs by what is in it', () => {
    const needs = (path: string) => {
      const scenario = onlyScenario(folderOf(path));
      return scenario.generate(scenario.architectures[0]!, 0, '1').needs;
    };
    expect(needs('binaries/x86-64/recursion-gcc12-O2')).toEqual(['callee-saved']);
    expect(needs('binaries/x86-64/over-aligned-gcc12-O2')).toEqual(['callee-saved', 'expressions']);
    expect(needs('binaries/aarch64/recursion-clang16-O2-key-b')).toEqual(['callee-saved', 'pointer-authentication']);
  });
});
