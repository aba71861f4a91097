import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of the total so far; `detail` says what is under way. */
  update(done: number, detail?: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** Shows how far counted work is: a bar on a terminal, a line at most every five seconds and at the end elsewhere; both with the time that is left. */
export function createProgress(stream: NodeJS.WriteStream, silent: boolean, title: string, total: number): Progress {
  if (silent) return { update: () => {}, stop: () => {} };
  return stream.isTTY ? bar(stream, title, total) : lines(stream, title, total);
}

function bar(stream: NodeJS.WriteStream, title: string, total: number): Progress {
  const format = `${title} {bar} {value}/{total}  {eta_formatted} left  {detail}`;
  const shown = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: false }, Presets.shades_classic);
  shown.start(total, 0, { detail: '' });
  return { update: (done, detail = '') => shown.update(done, { detail }), stop: () => shown.stop() };
}

function lines(stream: NodeJS.WriteStream, title: string, total: number): Progress {
  let first: { done: number; at: number } | null = null;
  let last = -Infinity;
  let latest = '';
  let said = '';
  const say = (text: string) => {
    latest = '';
    if (text === said) return;
    said = text;
    last = Date.now();
    stream.write(`${title}: ${text}\n`);
  };
  return {
    update(done, detail = '') {
      first ??= { done, at: Date.now() };
      latest = `${done}/${total}${detail ? ` ${detail}` : ''}${leftWord(first, done, total)}`;
      if (Date.now() - last >= LINE_EVERY_MS) say(latest);
    },
    stop() {
      if (latest) say(latest);
    },
  };
}

/** How long the rest takes at the pace since the first update; nothing before that says anything, nor at the end. */
function leftWord(first: { done: number; at: number }, done: number, total: number): string {
  const seconds = (((Date.now() - first.at) / 1000) * (total - done)) / (done - first.done);
  if (!(seconds >= 1) || !Number.isFinite(seconds)) return '';
  return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}
