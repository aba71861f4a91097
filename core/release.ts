import { z } from 'zod';
import { ErratumNote } from './erratum.ts';
import { DatasetName, Digest, ObjectRef } from './ids.ts';
import { Evaluation } from './loop.ts';
import { TagName } from './refs.ts';
import { ReleaseGate } from './release-gates.ts';
import { ReleasePolicy } from './release-policy.ts';
import { ScoreCell } from './score-table.ts';

/**
 * A release: a version that is given to others under a number, with the gates it passed. Begun as a draft that may change
 * (`refs/<dataset>/release-drafts/<name>.json`); published as an immutable object that `refs/<dataset>/releases/<name>.json` names for
 * good.
 */
export const RELEASE_SCHEMA = 'spindle.release/1';
export const RELEASES = 'releases';
export const RELEASE_DRAFTS = 'release-drafts';

const NUMBER = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/;

/** Three numbers, as in Semantic Versioning: another task, other series, corrected masks. Also the tag that the version gets. */
export const ReleaseName = z.string().regex(NUMBER, 'expected three numbers, e.g. "1.0.0"').pipe(TagName);
export type ReleaseName = z.infer<typeof ReleaseName>;

/** Numbers ascending: 1.9.0 before 1.10.0. */
export function compareReleases(a: ReleaseName, b: ReleaseName): number {
  const [x, y] = [a, b].map((name) => name.split('.').map(Number)) as [number[], number[]];
  return x[0]! - y[0]! || x[1]! - y[1]! || x[2]! - y[2]!;
}

/** The greatest name below another one; null when there is none. */
export function releaseBefore(name: ReleaseName, others: readonly ReleaseName[]): ReleaseName | null {
  const below = others.filter((each) => compareReleases(each, name) < 0).sort(compareReleases);
  return below.at(-1) ?? null;
}

/** Files that a release is given, as stored objects; null for one that isn't. */
export const ReleasePaperRefs = z.object({
  licence: ObjectRef.nullable(),
  citation: ObjectRef.nullable(),
  /** A ReleaseAbout (core/exports/croissant.ts). */
  about: ObjectRef.nullable(),
});
export type ReleasePaperRefs = z.infer<typeof ReleasePaperRefs>;

export const ReleaseNotes = z.string().trim().max(20_000);

export const ReleaseDraft = z.object({
  name: ReleaseName,
  version: Digest,
  papers: ReleasePaperRefs,
  notes: ReleaseNotes,
  policy: ReleasePolicy,
});
export type ReleaseDraft = z.infer<typeof ReleaseDraft>;

/** An erratum that a release has mended, and what had learned from the wrong mask or was scored against it. */
export const MendedErratum = z.object({
  ...ErratumNote.shape,
  /** Digests of models and of versions. */
  models: z.array(Digest),
  evaluations: z.array(z.object({ model: Digest, version: Digest })),
});
export type MendedErratum = z.infer<typeof MendedErratum>;

export const Release = z.object({
  schema: z.literal(RELEASE_SCHEMA),
  dataset: DatasetName,
  ...ReleaseDraft.shape,
  /** The release before it by number, and the version that was; null for the first. */
  previous: z.object({ name: ReleaseName, version: Digest }).nullable(),
  /** What changed since, in words; empty for the first. */
  changes: z.array(z.string()),
  errata: z.array(MendedErratum),
  gates: z.array(ReleaseGate),
  /** The serving model's evaluation on the version, and the tables made of it; null and empty where the policy lets that pass. */
  evaluation: Evaluation.nullable(),
  tables: z.array(ScoreCell),
  /** The code: name and version. */
  software: z.string(),
});
export type Release = z.infer<typeof Release>;

/** `refs/<dataset>/releases/<name>.json`. Written once. */
export const ReleasePointer = z.object({
  release: ObjectRef,
  version: Digest,
  /** When, by the publisher's clock. */
  published: z.iso.datetime(),
});
export type ReleasePointer = z.infer<typeof ReleasePointer>;
