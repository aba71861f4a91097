/** What the process says to the shell. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, unreachable: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** As `--help` and docs/cli.md tell them. */
export const EXIT_MEANINGS: Record<ExitCode, string> = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage or bad input',
  3: 'not found',
  4: 'refused: the state does not allow it, or somebody else has it',
  5: 'a server does not answer',
};

/** A command that ran to its end and printed its result, which is not a good one. */
export class BadResultError extends Error {
  override readonly name = 'BadResultError';

  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

// By name: an error that crossed Temporal or HTTP keeps its name and loses its class.
const BY_NAME: Record<string, ExitCode> = {
  CommanderError: EXIT.usage,
  InvalidArgumentError: EXIT.usage,
  InvalidInputError: EXIT.usage,
  ZodError: EXIT.usage,
  NotFoundError: EXIT.notFound,
  TaskNotFoundError: EXIT.notFound,
  UnknownModelError: EXIT.notFound,
  WorkflowNotFoundError: EXIT.notFound,
  NoSuchKey: EXIT.notFound,
  ConflictError: EXIT.conflict,
  TaskConflictError: EXIT.conflict,
  LeakError: EXIT.conflict,
  HiddenPatientError: EXIT.conflict,
  SealBrokenError: EXIT.conflict,
  NoReferencesError: EXIT.conflict,
  WorkflowExecutionAlreadyStartedError: EXIT.conflict,
  ServersDownError: EXIT.unreachable,
  TemporalUnreachableError: EXIT.unreachable,
};

const UNREACHABLE_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
];
const GRPC_UNAVAILABLE = 14;

/** The exit code for an error: its own name or that of what caused it, the nearest that is known. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof BadResultError) return error.exitCode;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { name, type, code } = at as Error & { type?: unknown; code?: unknown };
    // Temporal's ApplicationFailure carries the name of the error that was thrown as its type.
    const known = BY_NAME[name] ?? (typeof type === 'string' ? BY_NAME[type] : undefined);
    if (known !== undefined) return known;
    if (code === GRPC_UNAVAILABLE || (typeof code === 'string' && UNREACHABLE_CODES.includes(code)))
      return EXIT.unreachable;
  }
  return EXIT.failed;
}
