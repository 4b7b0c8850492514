import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type ChildMessage, type ParentMessage, traceDescriptor } from './messages.ts';

/** A job with its number in the list of all jobs. */
export interface NumberedJob<Job> {
  readonly number: number;
  readonly job: Job;
}

export interface WorkerEvents<About, Result> {
  ready(about: About): void;
  result(number: number, result: Result): void;
  /** The process is gone; `how` is such as `crash:SIGABRT`, `crash:exit 3` or `hang`. */
  died(how: string): void;
}

/** One child process and the jobs it was given, in order. */
export class Worker<Settings, Job, About, Result> {
  /** Jobs given and not yet answered. */
  readonly pending: NumberedJob<Job>[] = [];
  /** Whether it ever said that it is ready. */
  ready = false;
  /** The last line of the trace of the job, if that is traced; empty before the first. */
  lastTrace = '';
  /** The last lines the child wrote on its standard error; of a traced job, in that. */
  errorOutput = '';
  readonly #child: ChildProcess;
  readonly #backstop: number;
  readonly #events: WorkerEvents<About, Result>;
  #timer: NodeJS.Timeout | undefined;
  #hung = false;
  /** The beginning of a line of the trace whose end has not arrived. */
  #traceRest = '';

  /** `backstop`: milliseconds after which a child is killed that answers and traces nothing. */
  constructor(module: string, settings: Settings, backstop: number, events: WorkerEvents<About, Result>) {
    this.#backstop = backstop;
    this.#events = events;
    this.#child = fork(module, { stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'], execArgv: [] });
    this.#child.on('message', (message: ChildMessage<About, Result>) => this.#receive(message));
    // Sending to a child that has just died: `exit` follows.
    this.#child.on('error', () => {});
    this.#child.on('close', (status, signal) => this.#close(status, signal));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errorOutput = (this.errorOutput + text).slice(-4096);
    });
    const trace = this.#child.stdio[traceDescriptor] as Readable | null | undefined;
    trace?.setEncoding('utf8').on('data', (text: string) => this.#trace(text));
    this.#send({ type: 'settings', settings });
    this.#watch();
  }

  /** `traced`: the child is to tell what it is about to do in these jobs. */
  give(jobs: readonly NumberedJob<Job>[], traced: boolean): void {
    this.pending.push(...jobs);
    this.lastTrace = '';
    if (traced) this.errorOutput = '';
    this.#send({ type: 'work', jobs, traced });
    this.#watch();
  }

  /** Ends the child without its death being reported. */
  end(): void {
    clearTimeout(this.#timer);
    this.#child.removeAllListeners('close');
    this.#child.kill('SIGKILL');
  }

  #send(message: ParentMessage<Settings, Job>): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #receive(message: ChildMessage<About, Result>): void {
    if (message.type === 'ready') {
      this.ready = true;
      this.#watch();
      this.#events.ready(message.about);
      return;
    }
    const position = this.pending.findIndex((entry) => entry.number === message.number);
    if (position < 0) return;
    this.pending.splice(position, 1);
    this.#watch();
    this.#events.result(message.number, message.result);
  }

  #trace(text: string): void {
    const lines = (this.#traceRest + text).split('\n');
    this.#traceRest = lines.pop()!;
    this.lastTrace = lines.at(-1) ?? this.lastTrace;
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.ready && this.pending.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#hung = true;
      this.#child.kill('SIGKILL');
    }, this.#backstop);
  }

  #close(status: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#timer);
    this.#events.died(this.#hung ? 'hang' : `crash:${signal ?? `exit ${status}`}`);
  }
}
