import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sha256 } from '../../adapters/volume.ts';
import { ObjectRef, type DatasetName, type TaskId } from '../../core/ids.ts';
import { SubmitResult, TaskRow, TaskView, type SubmitRequest, type TaskState } from '../../core/review.ts';

/** Where the task API is, and what callers prove themselves with. */
export interface ApiAddress {
  /** The web server's root, e.g. `http://127.0.0.1:4000`. */
  baseUrl: string;
  token: string;
}

export interface Patience {
  /** The first pause after a fault; each next one is twice as long, up to `longestMs`. */
  firstMs: number;
  longestMs: number;
  /** How often a server that answers, but with a fault of its own (5xx), is asked. A server that is away is awaited for good. */
  attempts: number;
  /** How long one answer may take. */
  answerMs: number;
}

const PATIENCE: Patience = { firstMs: 200, longestMs: 5000, attempts: 8, answerMs: 300_000 };

const TaskList = z.object({ tasks: z.array(TaskRow) });
const Problem = z.object({ detail: z.string() });

/** The API refused (4xx): asking again can't help. */
export class ApiRefusalError extends Error {
  override readonly name = 'ApiRefusalError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The API answered with a fault of its own, however often it was asked. */
export class ApiFaultError extends Error {
  override readonly name = 'ApiFaultError';
}

/** A fault that may pass. `away`: nothing answered at all. */
interface Fault {
  away: boolean;
  message: string;
}

/**
 * The HTTP task API, as every client has it; answers are checked before they are used. Faults that may pass are sat out with
 * growing pauses; all requests may safely be sent twice. Throws ApiRefusalError, ApiFaultError, and the signal's reason once it
 * is aborted.
 */
export class TaskApi {
  private readonly root: string;
  private readonly token: string;
  private readonly signal: AbortSignal;
  private readonly patience: Patience;

  constructor({ baseUrl, token }: ApiAddress, signal: AbortSignal, patience: Partial<Patience> = {}) {
    this.root = `${baseUrl.replace(/\/+$/, '')}/api`;
    this.token = token;
    this.signal = signal;
    this.patience = { ...PATIENCE, ...patience };
  }

  /** Tasks in one state, most doubtful first. */
  async tasks(dataset: DatasetName, state: TaskState): Promise<TaskRow[]> {
    return (await this.json(`tasks?dataset=${dataset}&state=${state}`, TaskList)).tasks;
  }

  show(task: TaskId): Promise<TaskView> {
    return this.json(`tasks/${task}`, TaskView);
  }

  claim(task: TaskId, reviewer: string): Promise<TaskView> {
    return this.json(`tasks/${task}/claim`, TaskView, post({ reviewer }));
  }

  submit(task: TaskId, request: SubmitRequest): Promise<SubmitResult> {
    return this.json(`tasks/${task}/submit`, SubmitResult, post(request));
  }

  /** A volume's file; one that arrives under another digest than the task names is asked for again. */
  volume(task: TaskId, which: 'image' | 'proposal', digest: string): Promise<Uint8Array> {
    return this.ask<Uint8Array>(`tasks/${task}/${which}.mha?digest=${digest}`, {}, async (response) => {
      const bytes = new Uint8Array(await response.arrayBuffer());
      return sha256(bytes) === digest ? bytes : { away: false, message: `the ${which} arrived damaged` };
    });
  }

  putCorrection(task: TaskId, file: Uint8Array): Promise<ObjectRef> {
    const body = new Uint8Array(file);
    const digest = sha256(body);
    const headers = { 'content-type': 'application/octet-stream' };
    return this.ask<ObjectRef>(`tasks/${task}/correction`, { method: 'PUT', body, headers }, async (response) => {
      const ref = ObjectRef.parse(await response.json());
      return ref.digest === digest ? ref : { away: false, message: 'the correction arrived damaged' };
    });
  }

  private json<T extends object>(path: string, shape: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
    return this.ask(path, init, async (response) => shape.parse(await response.json()));
  }

  private async ask<T extends object>(
    path: string,
    init: RequestInit,
    read: (response: Response) => Promise<T | Fault>,
  ): Promise<T> {
    const { firstMs, longestMs, attempts } = this.patience;
    for (let pauseMs = firstMs, faults = 0; ; pauseMs = Math.min(2 * pauseMs, longestMs)) {
      const answer = await this.attempt(path, init, read);
      if (!isFault(answer)) return answer;
      if (!answer.away && ++faults >= attempts) throw new ApiFaultError(`the task API: ${answer.message}`);
      await sleep(pauseMs, undefined, { signal: this.signal });
    }
  }

  private async attempt<T extends object>(
    path: string,
    init: RequestInit,
    read: (response: Response) => Promise<T | Fault>,
  ): Promise<T | Fault> {
    this.signal.throwIfAborted();
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.token}` };
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(this.patience.answerMs)]);
    try {
      const response = await fetch(`${this.root}/${path}`, { ...init, headers, signal });
      if (response.ok) return await read(response);
      const problem = Problem.safeParse(await response.json().catch(() => null));
      const message = problem.data?.detail ?? `answered ${response.status}`;
      if (!mayPass(response.status)) throw new ApiRefusalError(response.status, message);
      return { away: false, message };
    } catch (error) {
      this.signal.throwIfAborted();
      if (!isConnectionFault(error)) throw error;
      return { away: true, message: 'does not answer' };
    }
  }
}

function isFault(answer: object): answer is Fault {
  return 'away' in answer;
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/** No connection, one that broke off, or no answer in time. The socket's fault has a code; a mistake of the caller's has none. */
function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'TimeoutError' || typeof (error.cause as NodeJS.ErrnoException | undefined)?.code === 'string';
}

function post(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
