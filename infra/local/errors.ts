/** A local server or worker didn't come up; the message ends with the last lines of its log. */
export class StartFailedError extends Error {
  override readonly name = 'StartFailedError';
}

/** A program that set-up provides isn't there. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError';
}

/** A command needs the local servers, and they don't run. */
export class ServersDownError extends Error {
  override readonly name = 'ServersDownError';

  constructor(missing: readonly string[]) {
    super(`the local servers aren't running (${missing.join(', ')}): run \`spindle up\``);
  }
}
