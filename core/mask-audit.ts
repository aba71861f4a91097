import { z } from 'zod';
import { Interval } from './bootstrap.ts';
import { DatasetName, Digest, PatientId, ReviewerName, SeriesId } from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';
import { diffMasks } from './mask-diff.ts';
import { Measure, measured, unmeasured } from './measure.ts';
import type { Mask } from './volume.ts';
import { wilsonInterval } from './wilson.ts';

/**
 * Random audits of masks: of those that were accepted untouched, or quickly, a share drawn by lot is read again by another person.
 * What that person changes is the error that review lets pass.
 */

/** A structure is in error when accepted and audited shape agree less than this (Dice), unless a report is asked for another value. */
export const ERROR_DICE = 0.9;

/** A structure of the accepted mask and what the audit made of it. A label is null on the side that does not have it. */
export const AuditedStructure = z.object({
  class: z.enum(STRUCTURE_CLASSES),
  accepted: z.int().nullable(),
  audited: z.int().nullable(),
  dice: z.number().min(0).max(1),
});
export type AuditedStructure = z.infer<typeof AuditedStructure>;

/** Why a mask was in the lot: accepted without a change, or in fewer minutes than the policy's. */
export const AuditReason = z.enum(['untouched', 'quick']);
export type AuditReason = z.infer<typeof AuditReason>;

export const MaskAudit = z.object({
  series: SeriesId,
  patient: PatientId,
  round: z.int().nonnegative(),
  reason: AuditReason,
  reviewer: ReviewerName.nullable(),
  auditor: ReviewerName.nullable(),
  accepted: Digest,
  /** Null: the auditor excluded the series. */
  audited: Digest.nullable(),
  structures: z.array(AuditedStructure),
});
export type MaskAudit = z.infer<typeof MaskAudit>;

export const ErrorRate = z.object({
  /** `mask`: masks with any error at all, an excluded one too. */
  of: z.enum([...STRUCTURE_CLASSES, 'mask']),
  count: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  rate: Measure,
  /** Wilson's at 95 %, counting patients instead of structures: the errors of a mask come together. Null without audits. */
  interval: Interval.nullable(),
});
export type ErrorRate = z.infer<typeof ErrorRate>;

export const AuditReport = z.object({
  schema: z.literal('spindle.audits/1'),
  dataset: DatasetName,
  /** Null: all rounds. */
  round: z.int().nonnegative().nullable(),
  errorDice: z.number().min(0).max(1),
  audits: z.int().nonnegative(),
  patients: z.int().nonnegative(),
  rates: z.array(ErrorRate),
});
export type AuditReport = z.infer<typeof AuditReport>;

/** Holds an audited mask against the accepted one, structure by structure. Throws InvalidInputError when the grids differ. */
export function auditedStructures(accepted: Mask, audited: Mask): AuditedStructure[] {
  return diffMasks(accepted, audited).structures.map(({ class: own, before, after, dice }) => ({
    class: own,
    accepted: before,
    audited: after,
    dice,
  }));
}

/** Missing, superfluous, numbered otherwise, or of another shape: Dice under `errorDice`. */
export function isError({ accepted, audited, dice }: AuditedStructure, errorDice = ERROR_DICE): boolean {
  return accepted !== audited || dice < errorDice;
}

/**
 * The share of structures, per class, that audits found in error: an estimate of the residual error of the masks that are in the lot
 * (untouched or quickly accepted ones), not of all. Auditors see the accepted mask, so it is rather too low (docs/review.md).
 */
export function auditReport(
  audits: readonly MaskAudit[],
  choice: { dataset: DatasetName; round?: number; errorDice?: number },
): AuditReport {
  const { dataset, round, errorDice = ERROR_DICE } = choice;
  const chosen = audits.filter((audit) => round === undefined || audit.round === round);
  const perClass = STRUCTURE_CLASSES.map((name): ErrorRate => {
    const held = chosen.map(({ patient, structures }) => ({
      patient,
      structures: structures.filter((each) => each.class === name),
    }));
    const all = held.flatMap(({ structures }) => structures);
    const patients = new Set(held.filter(({ structures }) => structures.length > 0).map(({ patient }) => patient));
    return rateOf(name, all.length, all.filter((each) => isError(each, errorDice)).length, patients.size);
  });
  const wrong = chosen.filter(
    ({ audited, structures }) => audited === null || structures.some((s) => isError(s, errorDice)),
  );
  const patients = new Set(chosen.map(({ patient }) => patient)).size;
  return {
    schema: 'spindle.audits/1',
    dataset,
    round: round ?? null,
    errorDice,
    audits: chosen.length,
    patients,
    rates: [...perClass, rateOf('mask', chosen.length, wrong.length, patients)],
  };
}

function rateOf(of: ErrorRate['of'], count: number, errors: number, patients: number): ErrorRate {
  if (count === 0) return { of, count, errors, rate: unmeasured('no audits'), interval: null };
  return { of, count, errors, rate: measured(errors / count), interval: wilsonInterval(errors / count, patients) };
}
