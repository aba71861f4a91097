import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { InvalidInputError } from '../core/invalid-input.ts';
import { TrainerEvent } from '../core/trainer-contract.ts';
import type { Environment } from './configuration.ts';
import { endOrphan, removeLock, signalGroup, writeLock } from './trainer-lock.ts';
import { readTrainerOutput, type TrainerOutput } from './trainer-output.ts';

export interface TrainerRun {
  /** Program and arguments; the job directory is added as the last argument. */
  command: readonly string[];
  /** Holds `job.json`; the trainer's working directory. */
  jobDir: string;
  /** The environment to hand on, less its AWS_*, TEMPORAL_*, SPINDLE_API_* and SPINDLE_SEALED_* variables: a trainer needs no credentials. Empty by default. */
  inherit?: Environment;
  /** Added to it. */
  env?: Readonly<Record<string, string>>;
  /** Stops the trainer: SIGTERM, and SIGKILL after `killAfterMs`. */
  signal?: AbortSignal;
  onEvent?: (event: TrainerEvent) => void;
  /** Every line that is no event, of stdout and stderr. */
  onLog?: (line: string) => void;
  /** 35 s by default: the contract gives a trainer 30 to save a checkpoint. */
  killAfterMs?: number;
}

export type TrainerOutcome =
  | ({ outcome: 'done' } & TrainerOutput)
  /** Aborted. `killed` when it had to be SIGKILL. Run again on the same directory it goes on from its last checkpoint. */
  | { outcome: 'stopped'; killed: boolean };

const DEFAULT_KILL_AFTER_MS = 35_000;
const EXIT_INVALID_JOB = 2;
const KEPT_LINES = 20;
const KEPT_LINE_LENGTH = 300;
/** How long to wait for the rest of the output of a trainer that has ended, should something else hold its pipes. */
const DRAIN_MS = 2000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** This machine can't run the job: it has too little memory, or not the device that was asked for. Trying again can't help. */
export class TrainerMachineError extends Error {
  override readonly name = 'TrainerMachineError';

  constructor({ kind, message }: { kind: string; message: string }) {
    super(
      `the trainer can't run here: ${kind}: ${message}; give the training worker more memory or another device, or train a smaller preset`,
    );
  }
}

/** What a trainer said that matters after it has ended. */
interface Said {
  error: Extract<TrainerEvent, { event: 'error' }> | undefined;
  /** The last lines that were no events. */
  tail: string[];
  /** What `onEvent` or `onLog` threw. */
  listenerFailed: { error: unknown } | undefined;
}

/**
 * Runs a trainer on a job directory by the contract in core/trainer-contract.ts.
 *   1. A trainer that an earlier, killed worker left behind on this directory is stopped first (trainer-lock.ts).
 *   2. It runs in a process group of its own, so that what it starts ends with it; its stdin is a pipe that closes when this
 *      process ends in whatever way, for a trainer that cares to watch.
 *   3. Events go to `onEvent`, in order; should that throw, the trainer is stopped and the error passed on.
 * Throws InvalidInputError when the trainer refuses the job (exit 2, with its message) or leaves output that breaks the contract;
 * TrainerMachineError when it says that memory or a device is missing; an Error with its last lines for any other end: worth a retry.
 */
export async function runTrainer(run: TrainerRun): Promise<TrainerOutcome> {
  const killAfterMs = run.killAfterMs ?? DEFAULT_KILL_AFTER_MS;
  const jobDir = resolve(run.jobDir);
  await endOrphan(jobDir, killAfterMs);
  if (run.signal?.aborted) return { outcome: 'stopped', killed: false };

  const child = await started(run, jobDir);
  const stop = stopper(child, killAfterMs);
  const said = listen(child, run, stop.now);
  run.signal?.addEventListener('abort', stop.now, { once: true });
  process.once('exit', stop.now);
  if (run.signal?.aborted) stop.now();
  try {
    const { code, signal } = await ended(child);
    if (said.listenerFailed) throw said.listenerFailed.error;
    if (run.signal?.aborted && code !== 0) return { outcome: 'stopped', killed: signal === 'SIGKILL' };
    if (code !== 0) throw failure(code, signal, said);
    return { outcome: 'done', ...(await readTrainerOutput(jobDir)) };
  } finally {
    stop.forget();
    run.signal?.removeEventListener('abort', stop.now);
    process.removeListener('exit', stop.now);
    await removeLock(jobDir);
  }
}

/** Starts the process and writes down who it is. Throws an Error when the program can't be started. */
async function started(run: TrainerRun, jobDir: string): Promise<Child> {
  const [program, ...args] = run.command;
  if (program === undefined) throw new InvalidInputError('trainer', 'command', 'a program', 'an empty list');
  const child = spawn(program, [...args, jobDir], {
    cwd: jobDir,
    env: { ...withoutCredentials(run.inherit ?? {}), ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // A trainer that doesn't read its stdin may close it; that is no fault.
  child.stdin.on('error', () => {});
  await new Promise<void>((settle, reject) => {
    child.once('spawn', settle);
    child.once('error', (error) => reject(new Error(`the trainer ${program} could not be started: ${error.message}`)));
  });
  await writeLock(jobDir, child.pid!);
  return child;
}

function withoutCredentials(env: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS|TEMPORAL|SPINDLE_API|SPINDLE_SEALED)_/.test(name)),
  );
}

function listen(child: Child, run: TrainerRun, stop: () => void): Said {
  const said: Said = { error: undefined, tail: [], listenerFailed: undefined };
  const tell = (listener: () => void): void => {
    try {
      listener();
    } catch (error) {
      said.listenerFailed ??= { error };
      stop();
    }
  };
  const log = (line: string): void => {
    said.tail.push(line.slice(0, KEPT_LINE_LENGTH));
    if (said.tail.length > KEPT_LINES) said.tail.shift();
    tell(() => run.onLog?.(line));
  };
  createInterface({ input: child.stderr }).on('line', log);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parsedEvent(line);
    if (!event) return log(line);
    if (event.event === 'error') said.error = event;
    tell(() => run.onEvent?.(event));
  });
  return said;
}

/** `undefined` for a line that isn't a TrainerEvent. */
function parsedEvent(line: string): TrainerEvent | undefined {
  try {
    return TrainerEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function stopper(child: Child, killAfterMs: number): { now: () => void; forget: () => void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    now: () => {
      signalGroup(child.pid!, 'SIGTERM');
      timer ??= setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), killAfterMs);
    },
    forget: () => clearTimeout(timer),
  };
}

/** Waits for the process and then for its output; what it left running in its group is killed. */
function ended(child: Child): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((settle) => {
    child.once('exit', (code, signal) => {
      signalGroup(child.pid!, 'SIGKILL');
      const done = (): void => {
        clearTimeout(drain);
        child.stdin.destroy();
        settle({ code, signal });
      };
      const drain = setTimeout(done, DRAIN_MS);
      child.once('close', done);
    });
  });
}

function failure(code: number | null, signal: NodeJS.Signals | null, { error, tail }: Said): Error {
  const last = tail.join('\n');
  if (code === EXIT_INVALID_JOB) {
    return new InvalidInputError(
      'trainer',
      'job',
      'a job the trainer accepts',
      error?.message ?? (last || 'no reason'),
    );
  }
  if (error?.kind === 'out-of-memory' || error?.kind === 'missing-device') return new TrainerMachineError(error);
  const how = signal ?? `exit code ${code}`;
  const why = error ? ` (${error.kind}: ${error.message})` : '';
  return new Error(`the trainer failed with ${how}${why}${last ? `; its last lines:\n${last}` : ''}`);
}
