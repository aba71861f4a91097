import { Worker } from 'node:worker_threads';
import type { SeriesEvaluation } from '../../core/evaluation.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { EvaluateJob, Job, PictureJob } from './job.ts';
import type { ComparisonPicture } from './picture.ts';

/** What a thread says to a job. */
export type Answer =
  | { result: SeriesEvaluation | ComparisonPicture }
  | { refused: { object: string; field: string; expected: string; got: string } }
  | { error: string };

interface Waiting {
  job: Job;
  voxels: number;
  resolve: (result: SeriesEvaluation | ComparisonPicture) => void;
  reject: (error: Error) => void;
}

export interface PoolLimits {
  threads: number;
  /** The most voxels that may be under work at a time; one job runs whatever its size. */
  voxels: number;
}

/**
 * Evaluates series in worker threads, each one series at a time. Threads start when they are first needed, and stay. Jobs wait
 * for a thread, and until their voxels fit beside those under work, so that memory is bounded whatever the number of cores.
 */
export class EvaluationPool {
  private readonly queue: Waiting[] = [];
  private readonly idle: Worker[] = [];
  private readonly running = new Map<Worker, Waiting>();
  private closed = false;

  constructor(private readonly limits: PoolLimits) {}

  /** `voxels` of the reference. Rejects with InvalidInputError for files that can't be held against each other. */
  evaluate(job: EvaluateJob, voxels: number): Promise<SeriesEvaluation> {
    return this.enqueue(job, voxels) as Promise<SeriesEvaluation>;
  }

  draw(job: PictureJob, voxels: number): Promise<ComparisonPicture> {
    return this.enqueue(job, voxels) as Promise<ComparisonPicture>;
  }

  /** Ends the threads; what is under way rejects. */
  async close(): Promise<void> {
    this.closed = true;
    const threads = [...this.idle.splice(0), ...this.running.keys()];
    for (const { reject } of this.queue.splice(0)) reject(new Error('the evaluation was ended'));
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private enqueue(job: Job, voxels: number): Promise<SeriesEvaluation | ComparisonPicture> {
    return new Promise((resolve, reject) => {
      this.queue.push({ job, voxels, resolve, reject });
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.queue.length > 0 && !this.closed && this.running.size < this.limits.threads) {
      const busy = [...this.running.values()].reduce((sum, { voxels }) => sum + voxels, 0);
      const next = this.queue[0]!;
      // In the order of arrival: a large series waits for its turn, and is not passed by until the end.
      if (busy > 0 && busy + next.voxels > this.limits.voxels) return;
      this.queue.shift();
      const thread = this.idle.pop() ?? this.start();
      this.running.set(thread, next);
      thread.postMessage(next.job);
    }
  }

  private start(): Worker {
    // No execArgv: the thread loads TypeScript by itself, whatever loads it here.
    const thread = new Worker(new URL('./evaluation-thread.mjs', import.meta.url), { execArgv: [] });
    thread.on('message', (answer: Answer) => {
      const { resolve, reject } = this.release(thread);
      this.idle.push(thread);
      if ('result' in answer) resolve(answer.result);
      else if ('refused' in answer) {
        const { object, field, expected, got } = answer.refused;
        reject(new InvalidInputError(object, field, expected, got));
      } else reject(new Error(`evaluation failed: ${answer.error}`));
      this.dispatch();
    });
    thread.on('error', (error) => this.lose(thread, new Error('an evaluation thread broke', { cause: error })));
    thread.on('exit', (code) => this.lose(thread, new Error(`an evaluation thread ended (code ${code})`)));
    return thread;
  }

  private release(thread: Worker): Waiting {
    const job = this.running.get(thread);
    this.running.delete(thread);
    if (!job) throw new Error('an evaluation thread answered without a job');
    return job;
  }

  /** A thread that is gone takes its job along; the others go on. */
  private lose(thread: Worker, error: Error): void {
    const at = this.idle.indexOf(thread);
    if (at >= 0) this.idle.splice(at, 1);
    if (!this.running.has(thread)) return;
    this.release(thread).reject(error);
    this.dispatch();
  }
}
