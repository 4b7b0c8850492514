import { SingleBar } from 'cli-progress';

/** A progress bar on standard error while programs run. */
export interface Progress {
  update(done: number, of: number, stops: number): void;
  end(): void;
}

/** Shows a bar where standard error is a terminal, otherwise nothing. */
export function startProgress(): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, end: () => {} };
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {value} of {total} programs | {stops} stops | {eta_formatted} left',
    barsize: 30,
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    update(done, of, stops) {
      const values = { stops: stops.toLocaleString('en') };
      if (!started) bar.start(of, done, values);
      else bar.update(done, values);
      started = true;
    },
    end() {
      if (started) bar.stop();
    },
  };
}
