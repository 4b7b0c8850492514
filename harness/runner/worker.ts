import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type ChildMessage, type ParentMessage, stepMark, traceDescriptor } from './messages.ts';

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

/** Milliseconds a child has at least to get ready: how busy the machine is says nothing about what it is to do. */
const startingTime = 60_000;
/** Milliseconds between the end of a child and that of what it wrote. */
const closingTime = 1000;
/** Characters. */
const keptOutput = 4096;

/** One child process and the jobs it was given, in order. */
export class Worker<Settings, Job, About, Result> {
  /** Jobs given and not yet answered. */
  readonly pending: NumberedJob<Job>[] = [];
  /** Whether it ever said that it is ready. */
  ready = false;
  /** The last step of the job that it told, if that is traced; empty before the first. */
  lastTrace = '';
  /** The last lines the child wrote on its standard error; of a traced job, since it told that step. */
  errorOutput = '';
  readonly #child: ChildProcess;
  readonly #backstop: number;
  readonly #events: WorkerEvents<About, Result>;
  #timer: NodeJS.Timeout | undefined;
  #hung = false;
  /** What every line of the trace begins with. */
  #traceWord: string | undefined;
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
    this.#child.once('exit', () => this.#exited());
    this.#child.once('close', (status, signal) => this.#close(status, signal));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const all = this.errorOutput + text;
      this.errorOutput = all.slice(Math.max(all.lastIndexOf(stepMark) + 1, all.length - keptOutput));
    });
    this.#trace?.setEncoding('utf8').on('data', (text: string) => this.#traced(text));
    this.#send({ type: 'settings', settings });
    this.#watch();
  }

  /** `traced`: the child is to tell what it is about to do in these jobs. */
  give(jobs: readonly NumberedJob<Job>[], traced: boolean): void {
    this.pending.push(...jobs);
    this.lastTrace = '';
    this.#traceRest = '';
    this.#traceWord = traced ? randomUUID() : undefined;
    this.#send({ type: 'work', jobs, ...(this.#traceWord !== undefined && { trace: this.#traceWord }) });
    this.#watch();
  }

  /** Ends the child without its death being reported. */
  end(): void {
    clearTimeout(this.#timer);
    this.#child.removeAllListeners('exit').removeAllListeners('close');
    this.#child.kill('SIGKILL');
    this.#letGo();
  }

  get #trace(): Readable | undefined {
    return (this.#child.stdio[traceDescriptor] as Readable | null | undefined) ?? undefined;
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

  #traced(text: string): void {
    const lines = (this.#traceRest + text).split('\n');
    this.#traceRest = lines.pop()!.slice(0, keptOutput);
    const prefix = `${this.#traceWord} `;
    const last = lines.findLast((line) => this.#traceWord !== undefined && line.startsWith(prefix));
    if (last === undefined) return;
    this.lastTrace = last.slice(prefix.length);
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.ready && this.pending.length === 0) return;
    const patience = this.ready ? this.#backstop : Math.max(this.#backstop, startingTime);
    this.#timer = setTimeout(() => {
      this.#hung = true;
      this.#child.kill('SIGKILL');
    }, patience);
  }

  /** What it wrote arrives in a moment, if no process that it leaves behind keeps the pipes open. */
  #exited(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#letGo(), closingTime);
  }

  #letGo(): void {
    this.#child.stderr?.destroy();
    this.#trace?.destroy();
    if (this.#child.connected) this.#child.disconnect();
  }

  #close(status: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#timer);
    this.#events.died(this.#hung ? 'hang' : `crash:${signal ?? `exit ${status}`}`);
  }
}
