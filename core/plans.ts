import type { CatalogSeries, StoredVolume } from './catalog.ts';
import type { ObjectRef, SeriesId } from './ids.ts';
import type { StructureClass } from './labels.ts';

/** A mask to carry over from a patient's SPACE series to another series of the same study. */
export interface Propagation {
  series: SeriesId;
  image: StoredVolume;
  source: { series: SeriesId; image: StoredVolume; mask: StoredVolume };
}

/** A series to propose a mask for. */
export interface SegmentationPlan {
  series: SeriesId;
  image: StoredVolume;
}

/** A validation series and what it is scored against. */
export interface EvaluationItem extends SegmentationPlan {
  reference: StoredVolume;
  annotatedClasses: StructureClass[];
}

/** What a network needs to run. */
export interface ModelFiles {
  model: string;
  onnx: ObjectRef;
  card: ObjectRef;
}

/** Series of studies whose SPACE series has a reference that names vertebrae, but which have none themselves. */
export function propagationsOf(series: readonly CatalogSeries[]): Propagation[] {
  const sources = new Map(
    series
      .filter((entry) => entry.sequence === 't2_SPACE' && entry.reference?.annotatedClasses.includes('vertebra'))
      .map((entry) => [entry.study, entry] as const),
  );
  return series.flatMap((entry) => {
    const source = sources.get(entry.study);
    if (!source?.reference || entry.sequence === 't2_SPACE' || entry.reference || entry.excluded) return [];
    return [
      {
        series: entry.series,
        image: entry.image,
        source: { series: source.series, image: source.image, mask: source.reference.mask },
      },
    ];
  });
}

/**
 * The series of the next patients without any reference, whole patients at a time: a model that has seen one series of a
 * patient must not propose another. Patients who have a reference already but also open series (a late addition) come
 * first, so that nobody stays half annotated. In the order of the catalog, hence reproducible.
 */
export function chooseSeries(series: readonly CatalogSeries[], patients: number): SegmentationPlan[] {
  const open = series.filter((entry) => !entry.reference && !entry.excluded);
  const begun = new Set(series.filter((entry) => entry.reference).map((entry) => entry.patient));
  const order = [...new Set(open.map((entry) => entry.patient))].sort(
    (a, b) => Number(begun.has(b)) - Number(begun.has(a)),
  );
  const chosen = new Set(order.slice(0, patients));
  return open.filter((entry) => chosen.has(entry.patient)).map(({ series, image }) => ({ series, image }));
}
