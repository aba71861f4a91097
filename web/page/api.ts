import type { z } from 'zod';
import { ReportReceipt, type PublicReport } from '../../core/erratum-report.ts';
import { ObjectRef, type TaskId } from '../../core/ids.ts';
import type { TaskMove } from '../../core/review-moves.ts';
import { SubmitResult, TaskView, type Companion, type SubmitRequest, type TaskState } from '../../core/review.ts';
import { compareTasks } from '../../core/task-order.ts';
import {
  Accepted,
  CompanionList,
  DatasetBoard,
  DatasetList,
  DraftView,
  FindingsView,
  MoveResults,
  PeopleList,
  ErrataList,
  OpenDatasets,
  Problem,
  SessionView,
  SignInAnswer,
  TaskList,
  type SignedIn,
  type SignInRequest,
} from '../api-shapes.ts';

type WithoutRole<Move> = Move extends unknown ? Omit<Move, 'role'> : never;
/** A move as the page asks for it: in whose name; the role is the server's word. */
export type AskedMove = WithoutRole<TaskMove>;

/** The server's refusal, or its silence (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Calls the HTTP API by the session's cookie; every answer is checked before it is used. When the session has ended, `signInAgain` is
 * asked for another one, once for all requests that wait for it, and they go on. Throws ApiError.
 */
export class Api {
  /** The account that the page works for, `service` for whoever came with the access token, `1` before anybody is signed in. */
  private who = '1';
  /** Set once somebody is signed in. */
  signInAgain: (() => Promise<void>) | null = null;
  private signingIn: Promise<void> | null = null;

  /** Who is signed in, and how one can. */
  session(): Promise<SessionView> {
    return this.json('session', SessionView);
  }

  /** From now on the server answers only while this person is signed in. */
  workFor({ name }: SignedIn): void {
    this.who = name ?? 'service';
  }

  async signIn(request: SignInRequest): Promise<SignedIn> {
    return (await this.json('session', SignInAnswer, post(request))).session;
  }

  async signOut(): Promise<void> {
    await this.ask('session', { method: 'DELETE' });
  }

  /** Tasks in any of the states, in the order in which they are to be taken. */
  async tasks(states: readonly TaskState[]): Promise<TaskList['tasks']> {
    const lists = await Promise.all(states.map((state) => this.json(`tasks?state=${state}`, TaskList)));
    return lists.flatMap((list) => list.tasks).sort(compareTasks);
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

  /** Gives it back, comments on it, or steers it as a lead. */
  move(task: TaskId, move: AskedMove): Promise<TaskView> {
    return this.json(`tasks/${task}/moves`, TaskView, post(move));
  }

  /** The same lead's move on many tasks: what came of each. */
  async moveAll(tasks: readonly TaskId[], move: AskedMove): Promise<MoveResults['results']> {
    return (await this.json('moves', MoveResults, post({ ...move, tasks }))).results;
  }

  /** Whom tasks can be given to; empty where there are no accounts. For leads. */
  async people(): Promise<PeopleList['people']> {
    return (await this.json('people', PeopleList)).people;
  }

  /** A volume of a task by the digest that the task names; what arrives under another digest is refused. */
  volume(task: TaskId, which: 'image' | 'proposal', digest: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.file(`tasks/${task}/${which}.mha`, which, digest);
  }

  /** One of the masks that an adjudication decides between; the first is 1. */
  candidate(task: TaskId, number: number, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.file(`tasks/${task}/candidates/${number}/mask.mha`, `read ${number}`, digest);
  }

  /** The other images of the task's study. */
  async companions(task: TaskId): Promise<Companion[]> {
    return (await this.json(`tasks/${task}/companions`, CompanionList)).companions;
  }

  companion(task: TaskId, { series, image }: Companion): Promise<Uint8Array<ArrayBuffer>> {
    return this.file(`tasks/${task}/companions/${series}/image.mha`, `image ${series}`, image.digest);
  }

  private async file(path: string, which: string, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.ask(`${path}?digest=${digest}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if ((await sha256(bytes)) !== digest) throw new ApiError(0, `The ${which} arrived damaged. Load the task again.`);
    return bytes;
  }

  /** Stores a correction; resolves when the server has answered with the digest of exactly these bytes. */
  async putCorrection(task: TaskId, file: Uint8Array<ArrayBuffer>): Promise<ObjectRef> {
    const headers = { 'content-type': 'application/octet-stream' };
    const ref = await this.json(`tasks/${task}/correction`, ObjectRef, { method: 'PUT', body: file, headers });
    if (ref.digest !== (await sha256(file))) throw new ApiError(0, 'The correction arrived damaged. Submit it again.');
    return ref;
  }

  /** What is known of somebody's draft on a task; null when there is none. */
  async draft(task: TaskId, reviewer: string): Promise<DraftView | null> {
    try {
      return await this.json(`tasks/${task}/draft?reviewer=${reviewer}`, DraftView);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async draftMask(task: TaskId, reviewer: string, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.ask(`tasks/${task}/draft/mask.mha?reviewer=${reviewer}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if ((await sha256(bytes)) !== digest) throw new ApiError(0, 'The draft arrived damaged.');
    return bytes;
  }

  async putDraft(
    task: TaskId,
    { reviewer, baseDigest, minutes }: Pick<DraftView, 'reviewer' | 'baseDigest' | 'minutes'>,
    mask: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const query = `reviewer=${reviewer}&baseDigest=${baseDigest}&minutes=${minutes.toFixed(1)}`;
    await this.ask(`tasks/${task}/draft?${query}`, { method: 'PUT', body: mask, headers });
  }

  async forgetDraft(task: TaskId, reviewer: string): Promise<void> {
    await this.ask(`tasks/${task}/draft?reviewer=${reviewer}`, { method: 'DELETE' });
  }

  /** A mask (MHA) with one structure filled in between the slices that hold it. */
  async fill(task: TaskId, label: number, mask: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await this.ask(`tasks/${task}/fill?label=${label}`, { method: 'POST', body: mask, headers });
    return new Uint8Array(await response.arrayBuffer());
  }

  datasets(): Promise<DatasetList> {
    return this.json('datasets', DatasetList);
  }

  board(dataset: string): Promise<DatasetBoard> {
    return this.json(`datasets/${dataset}`, DatasetBoard);
  }

  /** The datasets in which anybody may report errors. */
  async openDatasets(): Promise<OpenDatasets['datasets']> {
    return (await this.json('errata', OpenDatasets)).datasets;
  }

  report(dataset: string, report: PublicReport): Promise<ReportReceipt> {
    return this.json(`errata/${dataset}`, ReportReceipt, post(report));
  }

  reportReceipt(dataset: string, report: string): Promise<ReportReceipt> {
    return this.json(`errata/${dataset}/${report}`, ReportReceipt);
  }

  errata(dataset: string): Promise<ErrataList> {
    return this.json(`datasets/${dataset}/errata`, ErrataList);
  }

  acceptReport(dataset: string, report: string, reviewer: string): Promise<Accepted> {
    return this.json(`datasets/${dataset}/errata/${report}/accept`, Accepted, post({ reviewer }));
  }

  async dismissReport(dataset: string, report: string, reviewer: string, reason: string): Promise<void> {
    await this.ask(`datasets/${dataset}/errata/${report}/dismiss`, post({ reviewer, reason }));
  }

  /** How well review does; `round` null: in all rounds. */
  findings(dataset: string, round: number | null): Promise<FindingsView> {
    return this.json(`datasets/${dataset}/findings${round === null ? '' : `?round=${round}`}`, FindingsView);
  }

  private async json<T>(path: string, shape: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
    const response = await this.ask(path, init);
    const parsed = shape.safeParse(await response.json());
    if (!parsed.success) throw new ApiError(response.status, 'The server answered in a form this page does not know.');
    return parsed.data;
  }

  private async ask(path: string, init: RequestInit = {}, mayWait = path !== 'session'): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), 'x-spindle-page': this.who };
    const response = await fetch(`api/${path}`, { ...init, headers }).catch(() => {
      throw new ApiError(0, 'The server does not answer.');
    });
    if (response.ok) return response;
    if (response.status === 401 && mayWait && this.signInAgain) {
      this.signingIn ??= this.signInAgain().finally(() => (this.signingIn = null));
      await this.signingIn;
      return this.ask(path, init, false);
    }
    const problem = Problem.safeParse(await response.json().catch(() => null));
    throw new ApiError(response.status, problem.data?.detail ?? `The server answered ${response.status}.`);
  }
}

function post(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

/** SHA-256 in lower-case hexadecimal. Browsers offer it on loopback and https only; elsewhere the page can't check what it gets. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.isSecureContext)
    throw new ApiError(0, 'Open this page through https, or on the machine that serves it.');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
