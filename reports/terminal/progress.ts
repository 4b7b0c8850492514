import { SingleBar } from 'cli-progress';

/** A progress bar on standard error while programs run. */
export interface Progress {
  update(done: number, of: number, stops: number): void;
  end(): void;
}

/** Shows a bar where standard error is a terminal, otherwise nothing. */
export function startProgress(): Progress {
  const bar = startBar('{value} of {total} programs | {stops} stops');
  return {
    update: (done, of, stops) => bar.update(done, of, { stops: stops.toLocaleString('en') }),
    end: bar.end,
  };
}

/** A progress bar on standard error while one step after the other is done. */
export interface Steps {
  update(doing: string, done: number, of: number): void;
  end(): void;
}

/** Shows a bar where standard error is a terminal, otherwise nothing. */
export function startSteps(): Steps {
  const bar = startBar('{doing}');
  return { update: (doing, done, of) => bar.update(done, of, { doing }), end: bar.end };
}

/** A bar with values of its own, which appears with its first update. */
function startBar(values: string) {
  if (!process.stderr.isTTY) return { update: () => {}, end: () => {} };
  const bar = new SingleBar({
    format: `{bar} {percentage} % | ${values} | {duration_formatted}`,
    barsize: 30,
    clearOnComplete: true,
    // A signal may end the command at any time, and nobody would give the terminal back what was taken from it.
    hideCursor: false,
    linewrap: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    update(done: number, of: number, shown: Readonly<Record<string, string>>) {
      if (!started) bar.start(of, done, shown);
      else {
        bar.setTotal(of);
        bar.update(done, shown);
      }
      started = true;
    },
    end() {
      if (started) bar.stop();
    },
  };
}

/** Shows on standard error, where that is a terminal, what is being done and for how many seconds. */
export function startClock(what: string): { end(): void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { end: () => {} };
  const start = performance.now();
  const show = () => stderr.write(`\r\u001b[K${what}: ${Math.round((performance.now() - start) / 1000)} s`);
  const timer = setInterval(show, 1000);
  return {
    end() {
      clearInterval(timer);
      stderr.write('\r\u001b[K');
    },
  };
}
