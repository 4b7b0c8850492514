import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalAnswer, type JournalEntry, parseEntry } from './journal-entry.ts';
import type { SurveyAbout, SurveyAnswer } from './result.ts';

/** A journal that belongs to another survey: the message says what differs. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/**
 * What a survey has done so far, a line for each function as it is done, so that one that is cut off goes on where it
 * stood. The first line says what is surveyed, and by what; a journal that says otherwise is begun anew.
 */
export class Journal {
  readonly #path: string;
  readonly answers = new Map<string, JournalAnswer>();
  /** What the children told of themselves. */
  about: SurveyAbout | undefined;

  /** `folder`: one that is there. `resume`: throws `JournalError` where there is no journal of this survey. */
  constructor(folder: string, header: string, resume: boolean) {
    this.#path = join(folder, 'journal.jsonl');
    const found = existsSync(this.#path) ? readFileSync(this.#path) : undefined;
    const end = found?.indexOf(0x0a) ?? -1;
    if (found !== undefined && end >= 0 && found.subarray(0, end).toString() === header) this.#read(found, end + 1);
    else if (resume) throw new JournalError(`${folder} has no journal of this file with these options`);
    else writeFileSync(this.#path, `${header}\n`);
  }

  /** A process that died may do so for want of memory, and not again: such an answer is not kept. */
  add(key: string, answer: SurveyAnswer): void {
    if ('died' in answer) return;
    this.answers.set(key, answer);
    this.#append({ key, answer });
  }

  note(about: SurveyAbout): void {
    if (this.about !== undefined) return;
    this.about = about;
    this.#append({ about });
  }

  #append(entry: JournalEntry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }

  /** Whoever wrote the last line may have been killed: what is not whole is cut off, and whatever stands behind it. */
  #read(bytes: Buffer, from: number): void {
    let at = from;
    for (;;) {
      const end = bytes.indexOf(0x0a, at);
      if (end < 0) break;
      const entry = parseEntry(bytes.subarray(at, end).toString());
      if (entry === undefined) break;
      if ('about' in entry) this.about = entry.about;
      else this.answers.set(entry.key, entry.answer);
      at = end + 1;
    }
    truncateSync(this.#path, at);
  }
}
