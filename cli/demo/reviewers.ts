import type { DatasetName } from '../../core/ids.ts';
import { runSimulatedReviewer } from '../../infra/simulated-reviewer/reviewer.ts';
import { SKILL_PRESETS } from '../../infra/simulated-reviewer/skill.ts';
import type { TruthSource } from '../../infra/simulated-reviewer/truth.ts';

export const REVIEWERS = ['simulated-anna', 'simulated-bert'] as const;
export const REVIEWERS_STATEMENT = `${REVIEWERS.join(' and ')}: programs that stand for people, skill preset "typical" (docs/simulated-reviewer.md)`;

/** Starts the simulated reviewers, ordinary clients of the HTTP API. `stop` waits until both have ended and passes on what broke. */
export function startReviewers(
  api: { baseUrl: string; token: string },
  dataset: DatasetName,
  truthOf: TruthSource,
): { stop(): Promise<void>; broke: Promise<never> } {
  const stopping = new AbortController();
  const running = REVIEWERS.map((name, seed) =>
    runSimulatedReviewer({
      api,
      dataset,
      name,
      skill: SKILL_PRESETS.typical,
      seed,
      truthOf,
      signal: stopping.signal,
      pollMs: 500,
    }),
  );
  const broke = new Promise<never>((_, reject) => {
    for (const each of running) each.catch(reject);
  });
  broke.catch(() => undefined);
  return {
    broke,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
