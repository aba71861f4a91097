import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { parseTaskId } from '../core/ids.ts';
import type { TaskRecord } from '../core/review-record.ts';
import { taskTags } from '../core/review-tags.ts';
import type { ReviewInput } from '../core/review.ts';

/** Typed search attributes: what work lists are made from. Never patient data. Times are the workflow's own, so they replay. */
const KEY = {
  dataset: defineSearchAttributeKey('SpindleDataset', SearchAttributeType.KEYWORD),
  round: defineSearchAttributeKey('SpindleRound', SearchAttributeType.INT),
  series: defineSearchAttributeKey('SpindleSeries', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('SpindleState', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('SpindleKind', SearchAttributeType.KEYWORD),
  doubt: defineSearchAttributeKey('SpindleDoubt', SearchAttributeType.DOUBLE),
  reviewer: defineSearchAttributeKey('SpindleReviewer', SearchAttributeType.KEYWORD),
  minutes: defineSearchAttributeKey('SpindleMinutes', SearchAttributeType.DOUBLE),
  changed: defineSearchAttributeKey('SpindleChanged', SearchAttributeType.DATETIME),
  tags: defineSearchAttributeKey('SpindleTags', SearchAttributeType.KEYWORD_LIST),
};

export function taskAttributes(input: ReviewInput, record: TaskRecord): SearchAttributePair[] {
  const { dataset, round, series } = parseTaskId(input.task);
  const { expectedMinutes } = input;
  return [
    { key: KEY.dataset, value: dataset },
    { key: KEY.round, value: round },
    { key: KEY.series, value: series },
    { key: KEY.kind, value: input.kind },
    { key: KEY.doubt, value: input.doubt },
    ...(expectedMinutes === undefined ? [] : [{ key: KEY.minutes, value: expectedMinutes }]),
    ...stateAttributes(input, record),
  ] as SearchAttributePair[];
}

export function stateAttributes(input: ReviewInput, record: TaskRecord): SearchAttributePair[] {
  return [
    { key: KEY.state, value: record.state },
    { key: KEY.reviewer, value: record.reviewer ?? 'nobody' },
    { key: KEY.changed, value: new Date() },
    { key: KEY.tags, value: taskTags(input, record) },
  ] as SearchAttributePair[];
}
