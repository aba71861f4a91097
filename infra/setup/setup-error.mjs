/** A step that can't go on: one sentence says what is wrong and what to do. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** A command that failed; `tail` holds the last lines of its output, `log` the file with all of them. */
export class CommandError extends SetupError {
  name = 'CommandError';

  /**
   * @param {string} message
   * @param {string[]} tail
   * @param {string} log
   */
  constructor(message, tail, log) {
    super(message);
    this.tail = tail;
    this.log = log;
  }
}
