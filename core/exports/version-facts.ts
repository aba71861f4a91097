import { isDisc, isVertebra, CANAL } from '../labels.ts';
import type { Manifest, ManifestSeries } from '../manifest.ts';
import { compareText } from '../mixed-hash.ts';

/** What a manifest says of a version, counted. `train` and `validation` count patients or series, as the name says. */
export interface VersionFacts {
  patients: number;
  trainPatients: number;
  validationPatients: number;
  series: number;
  bytes: number;
  structures: Record<'vertebrae' | 'discs' | 'canals', number>;
  incompleteVertebrae: number;
  /** Millimetres, over all series: the smallest and the largest along any index axis. */
  spacingMm: [number, number];
  origins: Record<'given' | 'accepted' | 'corrected', number>;
  bases: Record<'none' | 'propagated' | 'proposal' | 'reference', number>;
  reviewers: number;
  minutes: number;
  voxelsChanged: number;
  models: string[];
  rounds: number[];
  /** Series whose reference lacks a class. */
  partlyAnnotated: number;
}

/** Counts a manifest; one without series gives zeros. */
export function versionFacts({ series, split }: Manifest): VersionFacts {
  const references = series.map(({ reference }) => reference);
  const sets = Object.values(split);
  const labels = references.flatMap((reference) => reference.labels);
  const spacings = series.flatMap(({ grid }) => [...grid.spacingMm]);
  const distinct = <T>(values: readonly (T | null)[]) => [...new Set(values.filter((value) => value !== null))] as T[];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    patients: sets.length,
    trainPatients: sets.filter((set) => set === 'train').length,
    validationPatients: sets.filter((set) => set === 'validation').length,
    series: series.length,
    bytes: sum(series.map(({ image, reference }) => image.bytes + reference.mask.bytes)),
    structures: {
      vertebrae: labels.filter(isVertebra).length,
      discs: labels.filter(isDisc).length,
      canals: labels.filter((label) => label === CANAL).length,
    },
    incompleteVertebrae: sum(references.map(({ incompleteVertebrae }) => incompleteVertebrae.length)),
    spacingMm: spacings.reduce<[number, number]>(
      ([least, most], mm) => [Math.min(least, mm), Math.max(most, mm)],
      spacings.length === 0 ? [0, 0] : [Infinity, 0],
    ),
    origins: countOf(['given', 'accepted', 'corrected'], references, ({ origin }) => origin),
    bases: countOf(['none', 'propagated', 'proposal', 'reference'], references, ({ base }) => base),
    reviewers: distinct(references.map(({ reviewer }) => reviewer)).length,
    minutes: sum(references.map(({ minutes }) => minutes)),
    voxelsChanged: sum(references.map(({ voxelsChanged }) => voxelsChanged)),
    models: distinct(references.map(({ modelDigest }) => modelDigest)).sort(compareText),
    rounds: distinct(references.map(({ round }) => round)).sort((a, b) => a - b),
    partlyAnnotated: references.filter(({ annotatedClasses }) => annotatedClasses.length < 3).length,
  };
}

/** Patients and series of each value of a field, ascending by value, and by set. */
export interface GroupRow {
  value: string;
  trainPatients: number;
  trainSeries: number;
  validationPatients: number;
  validationSeries: number;
}

export function groupRows({ series }: Manifest, valueOf: (entry: ManifestSeries) => string): GroupRow[] {
  const values = [...new Set(series.map(valueOf))].sort(compareText);
  return values.map((value) => {
    const count = (set: string) => {
      const found = series.filter((entry) => entry.split === set && valueOf(entry) === value);
      return { series: found.length, patients: new Set(found.map(({ patient }) => patient)).size };
    };
    const [train, validation] = [count('train'), count('validation')];
    return {
      value,
      trainPatients: train.patients,
      trainSeries: train.series,
      validationPatients: validation.patients,
      validationSeries: validation.series,
    };
  });
}

function countOf<K extends string, T>(keys: readonly K[], items: readonly T[], keyOf: (item: T) => K) {
  return Object.fromEntries(keys.map((key) => [key, items.filter((item) => keyOf(item) === key).length])) as Record<
    K,
    number
  >;
}
