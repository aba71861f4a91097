const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const STILL_MS = 30_000;

/**
 * Shows the steps under way: a redrawn line each with a spinner and the seconds gone on a terminal; elsewhere a plain line
 * when a step begins and ends, and one now and then in between, so that a log shows life.
 * @param {NodeJS.WriteStream} stream
 */
export function createDisplay(stream) {
  return stream.isTTY ? liveDisplay(stream) : plainDisplay(stream);
}

/** @param {NodeJS.WriteStream} stream */
function plainDisplay(stream) {
  const active = new Map();
  const timer = setInterval(() => {
    for (const [title, { since, detail }] of active) {
      stream.write(`${title}: still at it after ${elapsed(since)}${detail ? ` (${detail})` : ''}\n`);
    }
  }, STILL_MS);
  timer.unref();
  return {
    begin(title, detail) {
      active.set(title, { since: Date.now(), detail });
      stream.write(`${title}: ${detail}\n`);
    },
    detail(title, detail) {
      const entry = active.get(title);
      if (entry) entry.detail = detail;
    },
    end(title, text, failed = false) {
      const entry = active.get(title);
      active.delete(title);
      stream.write(`${title}: ${failed ? 'failed' : text}${entry ? ` after ${elapsed(entry.since)}` : ''}\n`);
    },
    note: (text) => stream.write(`${text}\n`),
    close: () => clearInterval(timer),
  };
}

/** @param {NodeJS.WriteStream} stream */
function liveDisplay(stream) {
  const active = new Map();
  let drawn = 0;
  let frame = 0;
  const clear = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    clear();
    for (const [title, { since, detail }] of active) {
      const text = `${FRAMES[frame % FRAMES.length]} ${title} ${elapsed(since)}  ${detail}`;
      stream.write(`${text.slice(0, (stream.columns || 80) - 1)}\n`);
      drawn += 1;
    }
  };
  const above = (text) => {
    clear();
    stream.write(`${text}\n`);
    draw();
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, 100);
  return {
    begin: (title, detail) => void active.set(title, { since: Date.now(), detail }),
    detail(title, detail) {
      const entry = active.get(title);
      if (entry) entry.detail = detail;
    },
    end(title, text, failed = false) {
      const entry = active.get(title);
      active.delete(title);
      above(`${failed ? '✗' : '✓'} ${title}: ${failed ? 'failed' : text}${entry ? ` (${elapsed(entry.since)})` : ''}`);
    },
    note: above,
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

/** @param {number} since */
function elapsed(since) {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
