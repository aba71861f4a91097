import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

/**
 * Progress of work that comes in steps: a bar for each, one after the other, and a new one when a step turns out longer than it was
 * thought to be.
 */
export class StepProgress {
  private current = '';
  private shown: Progress | null = null;

  constructor(private readonly output: Output) {}

  show(title: string, done: number, total: number, detail = ''): void {
    if (`${title} ${total}` !== this.current) {
      this.stop();
      this.current = `${title} ${total}`;
      this.shown = this.output.progress(title, total);
    }
    this.shown?.update(done, detail);
  }

  stop(): void {
    this.shown?.stop();
    this.shown = null;
  }
}

/** Runs work that tells how far it is, showing that under one title. */
export async function withProgress<T>(
  output: Output,
  title: string,
  work: (onProgress: (done: number, total: number, detail?: string) => void) => Promise<T>,
): Promise<T> {
  const progress = new StepProgress(output);
  try {
    return await work((done, total, detail) => progress.show(title, done, total, detail));
  } finally {
    progress.stop();
  }
}
