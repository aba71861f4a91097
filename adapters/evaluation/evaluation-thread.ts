import { parentPort } from 'node:worker_threads';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { evaluateJob, pictureJob, type Job } from './job.ts';
import type { Answer } from './thread-pool.ts';

/** Answers each job; jobs come one at a time. */
parentPort!.on('message', async (job: Job) => {
  parentPort!.postMessage(await answerTo(job));
});

async function answerTo(job: Job): Promise<Answer> {
  try {
    return { result: job.kind === 'evaluate' ? await evaluateJob(job) : await pictureJob(job) };
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const { object, field, expected, got } = error;
      return { refused: { object, field, expected, got } };
    }
    return { error: String(error instanceof Error ? (error.stack ?? error.message) : error).slice(0, 2000) };
  }
}
