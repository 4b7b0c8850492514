/**
 * The pipe on which a child writes, a line each, what it is about to do in a traced job. What is written there at once
 * is there to be read when the process dies or hangs a moment later, which messages are not. With each line it writes
 * `stepMark` on its standard error: what stands behind the last one belongs to that step.
 */
export const traceDescriptor = 4;
export const stepMark = '\0';

/** From the parent to a child: once, before any work. */
export interface SettingsMessage<Settings> {
  readonly type: 'settings';
  readonly settings: Settings;
}

/** From the parent to a child: jobs to do in order, each named by its number. */
export interface WorkMessage<Job> {
  readonly type: 'work';
  readonly jobs: readonly { readonly number: number; readonly job: Job }[];
  /** The child is to trace what it does, see `traceDescriptor`; every line begins with this, a word nobody else knows. */
  readonly trace?: string;
}

/** From a child: it has loaded what it needs; `about` describes that (library versions). */
export interface ReadyMessage<About> {
  readonly type: 'ready';
  readonly about: About;
}

/** From a child: a job is done. */
export interface ResultMessage<Result> {
  readonly type: 'result';
  readonly number: number;
  readonly result: Result;
}

export type ParentMessage<Settings, Job> = SettingsMessage<Settings> | WorkMessage<Job>;
export type ChildMessage<About, Result> = ReadyMessage<About> | ResultMessage<Result>;
