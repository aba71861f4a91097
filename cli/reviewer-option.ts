import { Argument, Option } from 'commander';
import { ReviewerName, TaskId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { checkedBy } from './arguments.ts';
import type { CommandContext } from './context.ts';

export interface ReviewerChoice {
  reviewer?: ReviewerName;
}

export function taskArgument(): Argument {
  return new Argument('<task>', 'the task: <dataset>/<round>/<series>').argParser(checkedBy(TaskId));
}

export function reviewerOption(): Option {
  return new Option('-r, --reviewer <name>', 'who you are; SPINDLE_REVIEWER by default').argParser(
    checkedBy(ReviewerName),
  );
}

/** The reviewer's name: the option, else SPINDLE_REVIEWER. Throws InvalidInputError when there is none. */
export function reviewerOf({ env }: CommandContext, { reviewer }: ReviewerChoice): ReviewerName {
  if (reviewer !== undefined) return reviewer;
  const given = env['SPINDLE_REVIEWER'];
  if (!given) throw new InvalidInputError('command line', '--reviewer', 'your name, or SPINDLE_REVIEWER set', 'none');
  const name = ReviewerName.safeParse(given);
  if (name.success) return name.data;
  throw new InvalidInputError('environment', 'SPINDLE_REVIEWER', 'a reviewer name, e.g. "ada"', JSON.stringify(given));
}
