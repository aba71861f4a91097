import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskId } from '../../core/ids.ts';
import { SubmitResult, TaskRow, TaskView } from '../../core/review.ts';
import { z } from 'zod';
import { DATASET } from './open-tasks.ts';

export const REQUESTS = ['queue', 'claim', 'submit'] as const;
export type Request = (typeof REQUESTS)[number];

export interface ReviewerSettings {
  /** The API's root. It may change when the API starts again. */
  address: () => string;
  name: string;
  token: string;
  /** How long somebody looks at a queue or a task: between half and one and a half of it. */
  thinkMs: number;
  /** Gives numbers from 0 to 1, the same ones in every run. */
  random: () => number;
}

/** People look at the top of the list, not at ten thousand rows. */
const TOP = 100;
const Queue = z.object({ tasks: z.array(TaskRow.pick({ task: true })) });

/** A person at work, over HTTP as the page is: looks at the queue, claims, thinks, submits; again and again. */
export class Reviewer {
  /** How long each request took that was answered as it should be, in milliseconds. */
  readonly tookMs: Record<Request, number[]> = { queue: [], claim: [], submit: [] };
  /** Tasks that the API said were this person's. */
  readonly claimed = new Set<TaskId>();
  /** Tasks whose verdict the API said it had accepted. */
  readonly accepted = new Set<TaskId>();
  /** Tasks that somebody else had been faster with. */
  conflicts = 0;
  /** Requests that were broken off or answered 5xx, and sent again. */
  repeated = 0;

  constructor(private readonly settings: ReviewerSettings) {}

  get name(): string {
    return this.settings.name;
  }

  /** Works until `ended` says so; a task that is held then is submitted before. */
  async work(ended: () => boolean): Promise<void> {
    await sleep(this.settings.random() * this.settings.thinkMs);
    while (!ended()) {
      const view = await this.next();
      if (view) {
        await this.think();
        await this.submit(view);
      }
      await this.think();
    }
  }

  /** The top of the queue. */
  async look(): Promise<z.infer<typeof Queue>['tasks']> {
    const { body } = await this.ask('queue', 'GET', `tasks?dataset=${DATASET}&state=queued&limit=${TOP}`);
    return Queue.parse(body).tasks;
  }

  private async next(): Promise<z.infer<typeof TaskView> | null> {
    const tasks = await this.look();
    // Whom the others are faster than picks again; everybody choosing the first would be a race, not a queue.
    for (const { task } of shuffled(tasks.slice(0, TOP), this.settings.random).slice(0, 5)) {
      const { status, body } = await this.ask('claim', 'POST', `tasks/${task}/claim`, {});
      if (status === 200) {
        this.claimed.add(task);
        return TaskView.parse(body);
      }
      this.conflicts++;
    }
    return null;
  }

  private async submit({ task, proposal }: z.infer<typeof TaskView>): Promise<void> {
    const request = { baseDigest: proposal.digest, minutes: 1, verdict: { verdict: 'accept' } };
    const { status, body } = await this.ask('submit', 'POST', `tasks/${task}/submit`, request);
    if (status !== 200)
      throw new Error(`${task} of ${this.name}: submitting was answered ${status} ${JSON.stringify(body)}`);
    const { outcome } = SubmitResult.parse(body);
    if (outcome !== 'accepted') throw new Error(`${task}: ${outcome}`);
    this.accepted.add(task);
  }

  /** Sends a request until it is answered; every one may be sent twice. */
  private async ask(request: Request, method: string, path: string, content?: object) {
    for (;;) {
      const start = performance.now();
      const answer = await this.attempt(method, path, content).catch((error: unknown) => {
        if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return null; // the connection
        throw error;
      });
      if (answer && answer.status < 500) {
        if (answer.status === 200) this.tookMs[request].push(performance.now() - start);
        return answer;
      }
      this.repeated++;
      await sleep(200 + 300 * this.settings.random());
    }
  }

  private async attempt(method: string, path: string, content?: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.settings.address()}/api/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.settings.token}`,
        ...(content && { 'content-type': 'application/json' }),
      },
      ...(content && { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, body: await response.json() };
  }

  private think(): Promise<void> {
    return sleep((0.5 + this.settings.random()) * this.settings.thinkMs);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}
