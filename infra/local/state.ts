import { z } from 'zod';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { LocalPaths } from './paths.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

/** A process that was started here. `startTime` tells it from a later process under the same number. */
const ProcessRecord = z.strictObject({ pid: z.int().positive(), startTime: z.string().min(1) });
export type ProcessRecord = z.infer<typeof ProcessRecord>;

const Port = z.int().min(1).max(65535);

/** What is kept between commands: ports chosen once, and the processes last started. */
const LocalState = z.strictObject({
  version: z.literal(1),
  ports: z.strictObject({
    temporal: Port.optional(),
    temporalUi: Port.optional(),
    s3: Port.optional(),
    web: Port.optional(),
  }),
  processes: z.record(z.string(), ProcessRecord),
});
export type LocalState = z.infer<typeof LocalState>;
export type PortName = keyof LocalState['ports'];

/** Reads the state file; a home without one has never been started. Throws InvalidInputError when it is damaged. */
export function readState(paths: LocalPaths): LocalState {
  const text = readIfThere(paths.state);
  if (text === undefined) return { version: 1, ports: {}, processes: {} };
  const parsed = LocalState.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    paths.state,
    'content',
    'the state written by `spindle up`',
    z.prettifyError(parsed.error),
  );
}

/** Reads, changes and writes the state file. Callers that may run at once hold the home's lock. */
export function updateState(paths: LocalPaths, change: (state: LocalState) => void): LocalState {
  const state = readState(paths);
  change(state);
  writePrivateFile(paths.state, `${JSON.stringify(state, null, 2)}\n`);
  return state;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
