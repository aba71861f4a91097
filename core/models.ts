import { z } from 'zod';
import { Digest, ObjectRef } from './ids.ts';
import { ChampionDecision, Evaluation } from './loop.ts';
import { Preset, type TrainingBudget } from './trainer-contract.ts';

/** A trained model: named by the digest of its ONNX file; `weights` warm-starts the next training. */
export const ModelRecord = z.object({
  model: Digest,
  onnx: ObjectRef,
  card: ObjectRef,
  weights: ObjectRef,
  /** The trainer's progress lines (JSON lines). */
  curves: ObjectRef,
  trainer: z.string(),
  preset: Preset,
  /** 0: trained by hand, outside the rounds. */
  round: z.int().nonnegative(),
  version: Digest,
  evaluations: z.array(Evaluation),
});
export type ModelRecord = z.infer<typeof ModelRecord>;

/** `refs/<dataset>/models.json`: every model of a dataset, which one serves, and every champion decision. */
export const ModelRegistry = z.object({
  champion: Digest.nullable(),
  models: z.array(ModelRecord),
  decisions: z.array(ChampionDecision),
});
export type ModelRegistry = z.infer<typeof ModelRegistry>;

/** How a model is trained: a part of a campaign's policy. */
export interface TrainingChoice {
  trainer: string;
  preset: Preset;
  budget: TrainingBudget;
  seed: number;
}

/** The round that stands with what is trained by hand. */
export const OUTSIDE_ROUNDS = 0;

export const NO_MODELS: ModelRegistry = { champion: null, models: [], decisions: [] };

/**
 * Decides whether a challenger serves: there is no champion, or its mean Dice on the same frozen validation set is at least
 * the champion's minus the tolerance. Without validation patients nothing can be compared and a champion stays. One that has seen
 * validation patients (`…Leaks`: the refusal) can't be judged on them: such a champion gives way, such a challenger does not serve.
 */
export function decideChampion(input: {
  round: number;
  challenger: Digest;
  challengerDice: number | null;
  champion: Digest | null;
  championDice: number | null;
  challengerLeaks?: string | undefined;
  championLeaks?: string | undefined;
  tolerance: number;
}): ChampionDecision {
  const { round, challenger, challengerDice, champion, championDice, tolerance } = input;
  const facts = { round, challenger, champion, challengerDice, championDice };
  if (champion === null) return { ...facts, promoted: true, reason: 'no model served before' };
  if (champion === challenger) return { ...facts, promoted: true, reason: 'the same model' };
  if (input.challengerLeaks !== undefined) {
    return { ...facts, promoted: false, reason: `the challenger can't be judged: ${input.challengerLeaks}` };
  }
  if (input.championLeaks !== undefined) {
    return { ...facts, promoted: true, reason: `the champion can't be judged any more: ${input.championLeaks}` };
  }
  if (challengerDice === null || championDice === null) {
    return { ...facts, promoted: false, reason: 'no validation patients to compare the two on' };
  }
  const promoted = challengerDice >= championDice - tolerance;
  const relation = promoted ? 'not below' : 'below';
  const shown = (dice: number) => dice.toFixed(4);
  return {
    ...facts,
    promoted,
    reason: `mean Dice ${shown(challengerDice)} is ${relation} the champion's ${shown(championDice)} minus ${tolerance}`,
  };
}
