import { compareText, mixedHash } from './mixed-hash.ts';
import type { SeriesId } from './ids.ts';
import type { AuditReason } from './mask-audit.ts';
import type { Reference } from './catalog.ts';
import type { ReviewPolicy } from './loop.ts';

/** Lots drawn by seed: the same seed, round and series always come out the same, and anybody can draw them again. */

interface Lot {
  seed: number;
  round: number;
}

/** How a series is read before it is settled. */
export type Reading = 'single' | 'double' | 'control';

/**
 * Draws which series of a round become blinded controls and which are read twice: as many as the shares say, a remainder by lot, so
 * that over many rounds the share is met; none is both.
 */
export function drawReadings(
  series: readonly SeriesId[],
  { seed, round }: Lot,
  policy: Pick<ReviewPolicy, 'controlShare' | 'doubleReadShare'>,
): Map<SeriesId, Reading> {
  const hash = (what: string, id: string) => mixedHash(`${seed}/${what}/${round}/${id}`);
  const count = (what: string, share: number) => Math.floor(share * series.length + hash(what, 'remainder') / 2 ** 32);
  const order = [...series].sort((a, b) => hash('reading', a) - hash('reading', b) || compareText(a, b));
  const controls = count('control', policy.controlShare);
  const doubles = count('double', policy.doubleReadShare);
  return new Map(
    order.map((id, i) => [id, i < controls ? 'control' : i < controls + doubles ? 'double' : 'single'] as const),
  );
}

/** Why a mask takes part in the lot for audits; null: it does not. */
export function auditReason(
  { origin, minutes }: Pick<Reference, 'origin' | 'minutes'>,
  { quickMinutes }: Pick<ReviewPolicy, 'quickMinutes'>,
): AuditReason | null {
  if (origin === 'accepted') return 'untouched';
  return minutes < quickMinutes ? 'quick' : null;
}

/** Whether the lot falls on a series. */
export function isDrawn(what: 'audit' | 'second-read', { seed, round }: Lot, series: SeriesId, share: number): boolean {
  return mixedHash(`${seed}/${what}/${round}/${series}`) / 2 ** 32 < share;
}
