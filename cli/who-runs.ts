import { userInfo } from 'node:os';

/** Who runs the command, as the audit log names them. */
export function whoRuns(): string {
  return `command-line/${userInfo().username}`.slice(0, 80);
}
