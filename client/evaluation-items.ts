import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { SplitSet } from '../core/catalog.ts';
import { SeriesId, parseSeriesId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { StructureClass } from '../core/labels.ts';
import { Manifest, type ManifestSeries } from '../core/manifest.ts';
import { hospitalOf } from '../core/overview.ts';
import { kindOf, masksAt, mhaBytes, volumeFilesIn } from './mask-files.ts';
import { readOverview } from './overview-file.ts';
import { LAYOUT } from './version-files.ts';

/** Gives the bytes of an MHA file. */
export type ReadBytes = () => Promise<Uint8Array>;

/** A series of the reference: whose it is, and how to come by its files. */
export interface ReferenceSeries {
  series: string;
  patient: string;
  sequence: string;
  hospital: string;
  mask: ReadBytes;
  /** Null where there is none. */
  image: ReadBytes | null;
  /** Vertebrae partly in view, where it is known; null: those that the edge of the volume cuts. */
  incompleteVertebrae: readonly number[] | null;
  /** Null: all. */
  classes: readonly StructureClass[] | null;
}

const UNKNOWN = 'unknown';

/**
 * The reference series of a file, a folder of masks, or a cohort's or a checkout's folder: `masks/`, with `images/`, `overview.csv`
 * and `version.json` where they are there. A checkout's manifest says whose a series is and which vertebrae are incomplete;
 * otherwise a study is a patient, and the hospital comes from the overview.
 */
export async function referenceAt(path: string, overviewPath?: string): Promise<ReferenceSeries[]> {
  const masks = await masksAt(path, '--reference');
  const folder = (await kindOf(path)) === 'folder';
  const manifest = folder ? await readFile(join(path, LAYOUT.manifest)).catch(() => null) : null;
  const known = new Map<string, ManifestSeries>();
  if (manifest) {
    for (const entry of parseManifest(manifest, path).series) known.set(entry.series, entry);
  }
  const table = overviewPath ?? (folder ? join(path, LAYOUT.overview) : undefined);
  const overview = table === undefined ? null : await readOverview({ path: table, name: 'overview.csv' });
  const hospital = (series: string): string => {
    const study = series.split('_')[0]!;
    const rows = [...(overview?.rows ?? [])];
    return hospitalOf(rows.flatMap(([name, row]) => (name.split('_')[0] === study ? [row] : [])));
  };
  const images = folder ? await volumeFilesIn(join(path, LAYOUT.images), '--reference') : new Map<string, string>();
  return [...masks].map(([series, file]): ReferenceSeries => {
    const image = images.get(series);
    const files = {
      mask: () => mhaBytes(file, `reference of ${series}`, 'mask'),
      image: image === undefined ? null : () => mhaBytes(image, `image of ${series}`, 'image'),
    };
    const entry = known.get(series);
    if (entry) return { ...factsOf(entry), ...files };
    const { patient, sequence } = namedFacts(series);
    return {
      series,
      patient,
      sequence,
      hospital: hospital(series),
      ...files,
      incompleteVertebrae: null,
      classes: null,
    };
  });
}

/** The reference series of a stored version; nothing is written to disk. */
export function referenceOfVersion(store: ObjectStore, manifest: Manifest, set: SplitSet | 'all'): ReferenceSeries[] {
  return manifest.series
    .filter(({ split }) => set === 'all' || split === set)
    .map((entry) => ({
      ...factsOf(entry),
      mask: () => store.getObject(entry.reference.mask.digest),
      image: () => store.getObject(entry.image.digest),
    }));
}

function factsOf({ series, patient, sequence, hospital, reference }: ManifestSeries) {
  const { incompleteVertebrae, annotatedClasses: classes } = reference;
  return { series, patient, sequence, hospital, incompleteVertebrae, classes };
}

/** By SPIDER's naming the study is the patient; a file of another name is a patient of its own. */
function namedFacts(series: string): { patient: string; sequence: string } {
  if (!SeriesId.safeParse(series).success) return { patient: series, sequence: UNKNOWN };
  const { study, sequence } = parseSeriesId(series);
  return { patient: study, sequence };
}

function parseManifest(bytes: Uint8Array, folder: string): Manifest {
  const refuse = (got: string) => new InvalidInputError(`${folder}/${LAYOUT.manifest}`, 'content', 'a manifest', got);
  try {
    const parsed = Manifest.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (parsed.success) return parsed.data;
    throw refuse(parsed.error.issues[0]?.message ?? 'something else');
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('no JSON');
    throw error;
  }
}
