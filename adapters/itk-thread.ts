import { Worker } from 'node:worker_threads';

/**
 * Runs a thread of plain JavaScript that calls itk-wasm, since its pipelines block, and gives what it answers.
 * The script receives `message` and answers {output} or {error}. `task` stands in errors ("resampling failed: …").
 * Rejects with an Error when the pipeline throws, the thread breaks, or `timeLimitMs` is over; the thread is ended in any case.
 */
export function runItkThread<Output>(
  script: URL,
  message: Record<string, unknown>,
  { task, timeLimitMs }: { task: string; timeLimitMs: number },
): Promise<Output> {
  // No execArgv: the thread is plain JavaScript and shouldn't pay for the parent's TypeScript loader.
  const worker = new Worker(script, { execArgv: [], stdout: true, stderr: true });
  return new Promise<Output>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${task} took longer than ${timeLimitMs} ms`)), timeLimitMs);
    worker.once('message', (answer: { output: Output } | { error: string }) => {
      if ('error' in answer) reject(new Error(`${task} failed: ${answer.error}`));
      else resolve(answer.output);
      clearTimeout(limit);
    });
    worker.once('error', (error) => reject(new Error(`the thread for ${task} broke`, { cause: error })));
    worker.once('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`the thread for ${task} ended without an answer (code ${code})`));
    });
    worker.postMessage(message);
  }).finally(() => worker.terminate());
}
