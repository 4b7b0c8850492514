import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LibrarySurvey } from '../../reports/survey/index.ts';
import { createOutputFolder } from '../cli/output-file.ts';
import { libraryPath } from '../libraries/index.ts';
import { surveyLine } from '../record/survey.ts';

/** A pinned library by the names of `libraries.json`; its C library is what it depends on. */
export interface SurveyedLibrary {
  readonly name: string;
  readonly libc: string;
  /** Most instructions of a call. */
  readonly limit: number;
}

/** A library that could not be surveyed; the message names it and says why. */
export class LibrarySurveyError extends Error {
  override readonly name = 'LibrarySurveyError';
}

/**
 * `plumbline exec LIBRARY --all` in a process of its own, with the record, the journal and the report in `folder`.
 *
 * @param root folder of the project
 */
export function surveyLibrary(root: string, { name, libc, limit }: SurveyedLibrary, folder: string): LibrarySurvey {
  const [file, dependency] = [fetched(name), fetched(libc)];
  createOutputFolder(folder);
  const record = join(folder, 'record.jsonl');
  // What was there before must not be taken for what comes now; the journal tells by itself whether it is of the same.
  rmSync(record, { force: true });
  const report = openSync(join(folder, 'report.txt'), 'w');
  const command = [join(root, 'harness', 'setup', 'plumbline.js'), 'exec', file, '--all', '--limit', String(limit)];
  const places = ['--library-path', dirname(dependency), '--out', folder];
  const { status, signal } = spawnSync(process.execPath, [...command, ...places], {
    stdio: ['ignore', report, 'inherit'],
  });
  closeSync(report);
  // 1 says that there are findings, or that there is no emulator.
  if ((status !== 0 && status !== 1) || !existsSync(record)) {
    throw new LibrarySurveyError(`${name}: exec ended with ${signal ?? status} and without a record`);
  }
  return { name, ...readRecord(record) };
}

function fetched(name: string): string {
  const path = libraryPath(name);
  if (path === undefined) throw new LibrarySurveyError(`${name} is not there: npm run libraries exec fetches it`);
  return path;
}

/** Header, findings and totals of a record that this version has just written. */
function readRecord(path: string): Omit<LibrarySurvey, 'name'> {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const [header, findings, final] = [0, -2, -1].map((at) => surveyLine.parse(JSON.parse(lines.at(at)!)));
  if (header?.kind !== 'header' || findings?.kind !== 'findings' || final?.kind !== 'final') {
    throw new LibrarySurveyError(`${path} is no record of a survey`);
  }
  return { architecture: header.architecture, findings, final };
}
