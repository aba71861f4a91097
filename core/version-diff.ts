import { canonicalJson } from './canonical-json.ts';
import type { SplitSet, StoredVolume } from './catalog.ts';
import type { ErratumNote } from './erratum.ts';
import type { Grid } from './geometry.ts';
import type { DatasetName, Digest, PatientId, SeriesId } from './ids.ts';
import type { Manifest, ManifestSeries } from './manifest.ts';
import type { MaskDiff } from './mask-diff.ts';
import { compareText } from './mixed-hash.ts';

/** `rewritten`: other bytes that hold the same geometry and voxels. */
export type FileChange = 'same' | 'rewritten' | 'changed';

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface SplitMove {
  patient: PatientId;
  before: SplitSet;
  after: SplitSet;
}

/** A series that both versions have and that is not the same in both. */
export interface SeriesDiff {
  series: SeriesId;
  patient: PatientId;
  image: FileChange;
  mask: FileChange;
  /** Fields of the grid that differ. */
  grid: (keyof Grid)[];
  /** What is said of the series otherwise: patient, hospital, sex, set, source, columns of the overview. */
  facts: FieldChange[];
  /** How the reference came to be. */
  provenance: FieldChange[];
}

/** What changed from one manifest to another; no voxel is looked at. */
export interface ManifestDiff {
  patients: { added: PatientId[]; removed: PatientId[]; moved: SplitMove[] };
  added: SeriesId[];
  removed: SeriesId[];
  /** In the order of the newer manifest. */
  changed: SeriesDiff[];
  /** Series that are the same in both. */
  same: number;
}

/** How the voxels of a changed mask differ, or why they can't be held against each other. */
export type MaskComparison = ({ comparable: true } & MaskDiff) | { comparable: false; reason: string };

export interface ComparedSeries extends SeriesDiff {
  /** Null unless the mask's voxels changed. */
  comparison: MaskComparison | null;
}

export interface ExcludedSeries {
  series: SeriesId;
  round: number;
  reason: string;
}

export interface VersionDiff extends Omit<ManifestDiff, 'changed'> {
  dataset: DatasetName;
  before: Digest;
  after: Digest;
  changed: ComparedSeries[];
  /** Series that reviewers excluded in the rounds between the two. */
  excluded: ExcludedSeries[];
  /** Errata that were mended from the older one, exclusive, to the newer one; none where the newer does not follow it. */
  errata: ErratumNote[];
}

/** Compares two versions by what their manifests say, whichever of them came first. */
export function diffManifests(before: Manifest, after: Manifest): ManifestDiff {
  const old = new Map(before.series.map((entry) => [entry.series, entry]));
  const recent = new Set(after.series.map(({ series }) => series));
  const both = after.series.flatMap((entry) => {
    const earlier = old.get(entry.series);
    return earlier ? [diffSeries(earlier, entry)] : [];
  });
  const changed = both.filter((each) => each !== null);
  return {
    patients: diffPatients(before.split, after.split),
    added: after.series.map(({ series }) => series).filter((series) => !old.has(series)),
    removed: before.series.map(({ series }) => series).filter((series) => !recent.has(series)),
    changed,
    same: both.length - changed.length,
  };
}

/** Which patients came, went and moved to the other set. */
export function diffPatients(before: Manifest['split'], after: Manifest['split']): ManifestDiff['patients'] {
  const moved = Object.entries(after).flatMap(([patient, set]): SplitMove[] => {
    const earlier = before[patient];
    return earlier && earlier !== set ? [{ patient, before: earlier, after: set }] : [];
  });
  const only = (here: Manifest['split'], there: Manifest['split']) =>
    Object.keys(here)
      .filter((patient) => !(patient in there))
      .sort(compareText);
  return { added: only(after, before), removed: only(before, after), moved };
}

/** What changed in a series that both versions have; null when nothing did. */
export function diffSeries(before: ManifestSeries, after: ManifestSeries): SeriesDiff | null {
  const { mask: oldMask, ...oldProvenance } = before.reference;
  const { mask, ...provenance } = after.reference;
  const overview = fieldChanges(before.overview ?? {}, after.overview ?? {});
  const diff: SeriesDiff = {
    series: after.series,
    patient: after.patient,
    image: fileChange(before.image, after.image),
    mask: fileChange(oldMask, mask),
    grid: fieldChanges(before.grid, after.grid).map(({ field }) => field as keyof Grid),
    facts: [
      ...fieldChanges(factsOf(before), factsOf(after)),
      ...overview.map((change) => ({ ...change, field: `overview.${change.field}` })),
    ],
    provenance: fieldChanges(oldProvenance, provenance),
  };
  return isChanged(diff) ? diff : null;
}

function factsOf({ patient, hospital, sex, split, sourceDigest }: ManifestSeries) {
  return { patient, hospital, sex, split, sourceDigest };
}

function fileChange(before: StoredVolume, after: StoredVolume): FileChange {
  if (before.voxelDigest !== after.voxelDigest) return 'changed';
  return before.digest === after.digest ? 'same' : 'rewritten';
}

/** Fields of either that differ, ascending; what one of them does not have is null there. */
function fieldChanges(before: object, after: object): FieldChange[] {
  const [old, recent] = [before, after] as [Record<string, unknown>, Record<string, unknown>];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(recent)])].sort(compareText);
  return fields
    .map((field) => ({ field, before: old[field] ?? null, after: recent[field] ?? null }))
    .filter(({ before: a, after: b }) => canonicalJson(a) !== canonicalJson(b));
}

function isChanged({ image, mask, grid, facts, provenance }: SeriesDiff): boolean {
  return image !== 'same' || mask !== 'same' || grid.length + facts.length + provenance.length > 0;
}
