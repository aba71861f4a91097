import { AccountRecords } from '../adapters/accounts/account-records.ts';
import type { RecordBucket } from '../adapters/accounts/records.ts';
import type { Account } from '../core/accounts.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { isSecondRead } from '../core/review-record.ts';
import { missing } from '../core/review-task.ts';
import type { TaskView } from '../core/review.ts';
import { mayDo } from '../core/roles.ts';
import { TaskConflictError } from './tasks.ts';

/** Somebody whom tasks can be given to. */
export type Assignee = Pick<Account, 'name' | 'role' | 'skills'>;

/** Whom tasks can be given to: accounts that may review. An installation without accounts takes people at their word, and so any name. */
export class Assignees {
  private readonly accounts: AccountRecords;

  constructor(bucket: RecordBucket) {
    this.accounts = new AccountRecords(bucket);
  }

  /** Everybody there is, by name. */
  async all(): Promise<Assignee[]> {
    return (await this.accounts.all()).filter((account) => whyNot(account) === null);
  }

  /**
   * Somebody by name; null in an installation without accounts. Throws InvalidInputError for a name without an account, and for an
   * account that may not review.
   */
  async named(name: string): Promise<Assignee | null> {
    const account = await this.accounts.find(name);
    if (!account && !(await this.accounts.any())) return null;
    const why = account ? whyNot(account) : 'which has none';
    if (why === null) return account;
    throw new InvalidInputError('reassign', 'to', 'the name of an account that reviews', `"${name}", ${why}`);
  }
}

/** Throws TaskConflictError for a task that somebody could not claim, as their role or skills are now: it would wait for ever. */
export function refuseUnfit(task: TaskView, assignee: Assignee | null): void {
  const lacks = assignee && missing({ demands: task.demands, isSecond: isSecondRead(task) }, assignee);
  if (lacks !== null) throw new TaskConflictError(`task ${task.task}: not for ${assignee?.name}: ${lacks}`);
}

function whyNot({ disabled, role }: Account): string | null {
  if (disabled) return 'whose account is disabled';
  return mayDo(role, 'review') ? null : `whose role is ${role}`;
}
