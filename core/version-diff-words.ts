import { erratumWords } from './erratum.ts';
import type { Renumbering, StructureChange } from './mask-diff.ts';
import type { ComparedSeries, FieldChange, ManifestDiff, VersionDiff } from './version-diff.ts';

/** A structure that changed, with the series it is in. */
export interface ChangedStructure extends StructureChange {
  series: string;
}

/** Every structure that is not voxel for voxel and label for label the same, in the order of the series. */
export function changedStructures({ changed }: VersionDiff): ChangedStructure[] {
  return changed.flatMap(({ series, comparison }) =>
    comparison?.comparable
      ? comparison.structures
          .filter(({ before, after, voxelsChanged }) => before !== after || voxelsChanged > 0)
          .map((structure) => ({ series, ...structure }))
      : [],
  );
}

/** What changed between two versions, a phrase a kind, counted; "nothing" when it is nothing. */
export function summaryWords(diff: ManifestDiff & Partial<Pick<VersionDiff, 'excluded'>>): string[] {
  const { patients, added, removed, excluded = [], changed, same } = diff;
  const count = (is: (each: ComparedSeries) => boolean) => (changed as ComparedSeries[]).filter(is).length;
  const voxels = (changed as ComparedSeries[]).reduce(
    (sum, { comparison }) => sum + (comparison?.comparable ? comparison.voxelsChanged : 0),
    0,
  );
  const counted: [number, string, string][] = [
    [added.length, 'series', 'added'],
    [removed.length, 'series', 'removed'],
    [excluded.length, 'series', 'excluded'],
    [patients.added.length, 'patient', 'added'],
    [patients.removed.length, 'patient', 'removed'],
    [patients.moved.length, 'patient', 'moved to the other set'],
    [count(({ mask }) => mask === 'changed'), 'mask', voxels > 0 ? `changed (${voxels} voxels)` : 'changed'],
    [
      count(({ comparison }) => comparison?.comparable === true && comparison.renumbered.length > 0),
      'mask',
      'renumbered',
    ],
    [count(({ mask }) => mask === 'rewritten'), 'mask', 'with other bytes and the same voxels'],
    [count(({ image }) => image === 'changed'), 'image', 'changed'],
    [count(({ image }) => image === 'rewritten'), 'image', 'with other bytes and the same voxels'],
    [count(({ grid }) => grid.length > 0), 'grid', 'changed'],
    [count(({ provenance }) => provenance.length > 0), 'reference', 'of other origin'],
    [same, 'series', 'the same'],
  ];
  const told = counted
    .filter(([number]) => number > 0)
    .map(([number, noun, what]) => `${number} ${number === 1 || noun === 'series' ? noun : `${noun}s`} ${what}`);
  return told.length > 0 ? told : ['nothing'];
}

/** Errata that were mended; series and patients that came, went or changed sets; one a line. */
export function membershipWords(diff: VersionDiff): { name: string; what: string }[] {
  const { patients, added, removed, excluded, errata = [] } = diff;
  return [
    ...errata.map((erratum) => ({ name: erratum.series, what: `mended: ${erratumWords(erratum)}` })),
    ...added.map((name) => ({ name, what: 'series added' })),
    ...removed.map((name) => ({ name, what: 'series removed' })),
    ...excluded.map(({ series, round, reason }) => ({
      name: series,
      what: `series excluded in round ${round}: ${reason}`,
    })),
    ...patients.added.map((name) => ({ name, what: 'patient added' })),
    ...patients.removed.map((name) => ({ name, what: 'patient removed' })),
    ...patients.moved.map(({ patient, before, after }) => ({
      name: patient,
      what: `patient moved from ${before} to ${after}`,
    })),
  ];
}

/** `vertebrae 2–6 are now 3–7`. */
export function renumberingWords({ class: own, first, last, shift }: Renumbering): string {
  const name = { vertebra: ['vertebra', 'vertebrae'], disc: ['disc', 'discs'], canal: ['canal', 'canals'] }[own];
  if (first === last) return `${name[0]} ${first} is now ${first + shift}`;
  return `${name[1]} ${first}–${last} are now ${first + shift}–${last + shift}`;
}

/** Everything about a series that is not the same, but for the voxels. */
export function seriesWords({ image, mask, grid, facts, provenance, comparison }: ComparedSeries): string[] {
  const file = (name: string, change: string) =>
    change === 'same' ? [] : [change === 'rewritten' ? `${name}: other bytes, same voxels` : `${name} changed`];
  return [
    ...file('image', image),
    ...file('mask', mask),
    ...grid.map((field) => `grid: ${field}`),
    ...(comparison?.comparable ? comparison.renumbered.map(renumberingWords) : []),
    ...(comparison && !comparison.comparable ? [comparison.reason] : []),
    ...facts.map(fieldWords),
    ...provenance.map(fieldWords),
  ];
}

function fieldWords({ field, before, after }: FieldChange): string {
  return `${field} ${shown(before)} → ${shown(after)}`;
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
  return typeof value === 'number' ? `${Number(value.toFixed(4))}` : JSON.stringify(value);
}
