import { jsonDigest } from '../adapters/json-digest.ts';
import type { TrainRequest } from './train.ts';

/** Names a job by all that decides what comes out, so that another budget, say, is another job. */
export function jobName({ round, version, warmStart, policy }: TrainRequest): string {
  const { trainer, preset, budget, seed } = policy;
  const choice = jsonDigest({ trainer, preset, budget, seed, ...(warmStart === undefined ? {} : { warmStart }) });
  return `${round}-${version.slice(0, 12)}-${choice.slice(0, 12)}`;
}
