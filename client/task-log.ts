import type { AuditLog } from '../adapters/accounts/audit-log.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { TaskId } from '../core/ids.ts';
import type { SubmitRequest, SubmitResult, TaskView } from '../core/review.ts';
import type { TaskService } from './tasks.ts';

const MOST_REMEMBERED = 5_000;

/**
 * Writes what happens to review tasks into the audit log. A claim that is renewed every minute is told once: by the time at which it
 * began. After a restart it may be told once more.
 */
export class TaskLog {
  private readonly told = new Set<string>();

  constructor(private readonly audit: AuditLog) {}

  async claimed(who: string, { task, reviewer, history }: TaskView): Promise<void> {
    const began = history.findLast(({ event }) => event === 'claimed')?.at ?? '';
    const key = `${task} ${reviewer} ${began}`;
    if (this.told.has(key)) return;
    await this.write(who, 'claim', task, forWhom(who, reviewer));
    if (this.told.size >= MOST_REMEMBERED) this.told.clear();
    this.told.add(key);
  }

  submitted(who: string, task: TaskId, { reviewer, verdict }: SubmitRequest, { outcome }: SubmitResult): Promise<void> {
    const mask = verdict.verdict === 'correct' ? ` ${verdict.upload.digest.slice(0, 12)}` : '';
    return this.write(who, 'submit', task, `${verdict.verdict}${mask} → ${outcome}${forWhom(who, reviewer, ', ')}`);
  }

  /** Anything else that was done to a task, in a few words. */
  did(who: string, task: TaskId, what: string): Promise<void> {
    return this.write(who, 'move', task, what);
  }

  private write(who: string, action: AuditEntry['action'], subject: string, note: string): Promise<void> {
    return this.audit.append({ at: new Date().toISOString(), who, action, subject, note });
  }
}

/** The task service as the command line has it: what it claims and submits is logged as done by `who`. */
export function loggedTasks(tasks: TaskService, audit: AuditLog, who: string): TaskService {
  const log = new TaskLog(audit);
  return {
    ...tasks,
    async claim(task, request) {
      const view = await tasks.claim(task, request);
      await log.claimed(who, view);
      return view;
    },
    async submit(task, request) {
      const result = await tasks.submit(task, request);
      await log.submitted(who, task, request, result);
      return result;
    },
  };
}

function forWhom(who: string, reviewer: string | null, before = ''): string {
  return reviewer === null || reviewer === who ? '' : `${before}as ${reviewer}`;
}
