import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { Defect } from './defect.ts';
import { applyPatch, PatchError } from './patch.ts';

/** A source with a defect, and what it compiles to. */
export interface DamagedFile {
  /** Such as `engine/cursor.ts`. */
  readonly path: string;
  readonly source: string;
  readonly compiled: string;
}

/**
 * Applies a defect to the sources in memory and compiles what it changes. Throws a `PatchError` where it no longer
 * applies or the result is no TypeScript.
 */
export function damage(root: string, defect: Defect): DamagedFile[] {
  try {
    return defect.patches.map((patch) => {
      const source = applyPatch(readSource(root, patch.path), patch);
      return { path: patch.path, source, compiled: compile(patch.path, source) };
    });
  } catch (error) {
    throw error instanceof PatchError ? new PatchError(`${defect.file}: ${error.message}`) : error;
  }
}

function readSource(root: string, path: string): string {
  const file = join(root, path);
  if (!existsSync(file)) throw new PatchError(`${path} does not exist`);
  return readFileSync(file, 'utf8');
}

function compile(fileName: string, source: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const [problem] = diagnostics;
  if (problem !== undefined) {
    throw new PatchError(`${fileName} does not compile: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
  }
  return outputText;
}

/** Makes a copy of the project, built, with the damaged files in it; `remove` it in the end. */
export function copyProject(root: string, damaged: readonly DamagedFile[]): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-defect-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of ['package.json', 'engine', 'generators', 'dist'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    for (const part of ['node_modules', 'test']) symlinkSync(join(root, part), join(folder, part), 'dir');
    for (const { path, source, compiled } of damaged) {
      writeFileSync(join(folder, path), source);
      writeFileSync(join(folder, 'dist', path.replace(/\.ts$/, '.js')), compiled);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}
