import type { Renumbering, StructureChange } from './mask-diff.ts';
import type { ComparedSeries, FieldChange, VersionDiff } from './version-diff.ts';

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
export function summaryWords(diff: VersionDiff): string[] {
  const { patients, added, removed, excluded, changed, same } = diff;
  const masks = changed.filter(({ mask }) => mask === 'changed');
  const voxels = masks.reduce(
    (sum, { comparison }) => sum + (comparison?.comparable ? comparison.voxelsChanged : 0),
    0,
  );
  const renumbered = masks.filter(({ comparison }) => comparison?.comparable && comparison.renumbered.length > 0);
  const counted: [number, string][] = [
    [added.length, 'series added'],
    [removed.length, 'series removed'],
    [excluded.length, 'series excluded'],
    [patients.added.length, 'patients added'],
    [patients.removed.length, 'patients removed'],
    [patients.moved.length, 'patients moved to the other set'],
    [masks.length, `masks changed (${voxels} voxels)`],
    [renumbered.length, 'masks renumbered'],
    [changed.filter(({ mask }) => mask === 'rewritten').length, 'masks with other bytes and the same voxels'],
    [changed.filter(({ image }) => image === 'changed').length, 'images changed'],
    [changed.filter(({ image }) => image === 'rewritten').length, 'images with other bytes and the same voxels'],
    [changed.filter(({ grid }) => grid.length > 0).length, 'grids changed'],
    [changed.filter(({ provenance }) => provenance.length > 0).length, 'references of other origin'],
    [same, 'series the same'],
  ];
  const told = counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return told.length > 0 ? told : ['nothing'];
}

/** Series and patients that came, went or changed sets, one a line. */
export function membershipWords({ patients, added, removed, excluded }: VersionDiff): { name: string; what: string }[] {
  return [
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
