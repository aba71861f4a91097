import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import type { ReviewInput, TaskState } from '../core/review.ts';
import { parseTaskId } from '../core/ids.ts';

/** Typed search attributes: what work lists are made from. Never patient data. */
const KEY = {
  dataset: defineSearchAttributeKey('SpindleDataset', SearchAttributeType.KEYWORD),
  round: defineSearchAttributeKey('SpindleRound', SearchAttributeType.INT),
  series: defineSearchAttributeKey('SpindleSeries', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('SpindleState', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('SpindleKind', SearchAttributeType.KEYWORD),
  doubt: defineSearchAttributeKey('SpindleDoubt', SearchAttributeType.DOUBLE),
  reviewer: defineSearchAttributeKey('SpindleReviewer', SearchAttributeType.KEYWORD),
};

export function taskAttributes(input: ReviewInput): SearchAttributePair[] {
  const { dataset, round, series } = parseTaskId(input.task);
  return [
    { key: KEY.dataset, value: dataset },
    { key: KEY.round, value: round },
    { key: KEY.series, value: series },
    { key: KEY.kind, value: input.kind },
    { key: KEY.doubt, value: input.doubt },
    ...stateAttributes('queued', null),
  ] as SearchAttributePair[];
}

export function stateAttributes(state: TaskState, reviewer: string | null): SearchAttributePair[] {
  return [
    { key: KEY.state, value: state },
    { key: KEY.reviewer, value: reviewer ?? 'nobody' },
  ] as SearchAttributePair[];
}
