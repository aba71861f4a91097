import { z } from 'zod';
import { DatasetName, Digest, SeriesId } from './ids.ts';

/** Something of a version that is not as the manifest says. */
export const Finding = z.object({
  /** Null for what belongs to no series. */
  series: SeriesId.nullable(),
  kind: z.enum(['manifest', 'image', 'mask', 'overview', 'file']),
  /** Key in S3, or path below the folder. */
  key: z.string(),
  problem: z.enum(['missing', 'changed', 'unreadable', 'unexpected']),
  detail: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** What one verification of all that a dataset's refs name found. */
export const Verification = z.object({
  /** By Temporal's clock, ISO 8601. */
  started: z.string(),
  ended: z.string(),
  /** The main version first, then those that only tags name. */
  versions: z.array(Digest),
  /** Volumes read, each once however many versions have it, and their bytes. */
  checked: z.int().nonnegative(),
  bytes: z.number().nonnegative(),
  findings: z.array(Finding),
  /** How many more there are than are listed. */
  findingsLeftOut: z.int().nonnegative(),
});
export type Verification = z.infer<typeof Verification>;

/** `refs/<dataset>/verifications.json`: the last ones, the newest last. */
export const VerificationLog = z.object({ verifications: z.array(Verification) });
export type VerificationLog = z.infer<typeof VerificationLog>;

/** The name of that ref. What it names is kept by it no longer than by others. */
export const VERIFICATIONS = 'verifications';
const KEPT = 30;
const LISTED = 100;

/** A part of a version as a verification goes through it. */
export const VerificationPage = z.object({
  dataset: DatasetName,
  /** The version, after those whose volumes have been read already. */
  versions: z.array(Digest).min(1),
  /** Volumes: an image and a mask a series. */
  from: z.int().nonnegative(),
  count: z.int().positive(),
});
export type VerificationPage = z.infer<typeof VerificationPage>;

export interface PageResult {
  checked: number;
  bytes: number;
  findings: Finding[];
  findingsLeftOut: number;
}

export const NOTHING_VERIFIED: PageResult = { checked: 0, bytes: 0, findings: [], findingsLeftOut: 0 };

/** Both together; findings over a hundred are counted only. */
export function joinPages(a: PageResult, b: PageResult): PageResult {
  const all = [...a.findings, ...b.findings];
  return {
    checked: a.checked + b.checked,
    bytes: a.bytes + b.bytes,
    findings: all.slice(0, LISTED),
    findingsLeftOut: a.findingsLeftOut + b.findingsLeftOut + Math.max(0, all.length - LISTED),
  };
}

/** Files a verification; the same one again replaces itself. The last thirty stay. */
export function withVerification({ verifications }: VerificationLog, made: Verification): VerificationLog {
  const others = verifications.filter(({ started }) => started !== made.started);
  return { verifications: [...others, made].slice(-KEPT) };
}

/** The newest one that found everything right, after which no voxel of those versions need be decoded again; null when none did. */
export function lastClean({ verifications }: VerificationLog): Verification | null {
  return verifications.findLast(({ findings }) => findings.length === 0) ?? null;
}
