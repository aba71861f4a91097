import { CorruptObjectError, MissingObjectError } from '../adapters/object-store.ts';
import { asMask, decodeMha, encodeMha, sha256, voxelDigest } from '../adapters/volume.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { StoredVolume } from '../core/catalog.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { sameGrid } from '../core/orientation.ts';
import { cutVertebrae, referenceOf } from '../core/reference-mask.ts';
import { compareMasks, type Outcome, type ReproductionCheck, type ReproductionItem } from '../core/reproduction.ts';
import { voxelChanges } from '../core/scores.ts';
import { incompleteVertebrae, labelsOf } from '../core/structures.ts';
import type { Mask, Volume } from '../core/volume.ts';
import type { StoreDeps } from './dataset.ts';
import { readMask } from './ingest.ts';

type Entry = ReproductionItem['entry'];
type Finding = { outcome: Outcome; detail: string | null };

const EQUAL: Finding = { outcome: 'equal', detail: null };

/** Deriving the voxels of a version again; what is damaged or gone becomes a finding, not an error. */
export function createReproduceActivities(deps: StoreDeps) {
  return {
    /** Image, mask, labels and change of one series against what the manifest says. */
    async reproduceSeries({ entry }: { entry: Entry }): Promise<ReproductionCheck[]> {
      const image = await storedVolume(deps, entry.image, entry);
      const mask = await storedVolume(deps, entry.reference.mask, entry);
      const found: [ReproductionCheck['what'], Finding][] = [
        ['image', image.finding],
        ['mask', mask.finding],
      ];
      if (mask.volume) {
        const reference = asMask(mask.volume, entry.series);
        const base = await baseOf(deps, entry);
        found.push(['labels', labels(entry, reference, base.mask)]);
        if (entry.reference.base !== 'none')
          found.push(['change', base.finding ?? change(entry, reference, base.mask!)]);
      }
      return found.map(([what, finding]) => ({ what, of: entry.series, ...finding }));
    },

    /** A shown mask against the same one made again. */
    async compareShown(input: {
      what: 'propagation' | 'proposal';
      entry: Entry;
      again: StoredVolume;
    }): Promise<ReproductionCheck> {
      const { what, entry, again } = input;
      const base = await baseOf(deps, entry);
      if (!base.mask) return { what, of: entry.series, ...base.finding! };
      return compareMasks(what, entry.series, voxelChanges(base.mask, await readMask(deps, again, entry.series)));
    },
  };
}

async function storedVolume(
  { store }: StoreDeps,
  stored: StoredVolume,
  { series, grid }: Entry,
): Promise<{ finding: Finding; volume: Volume | null }> {
  try {
    const volume = await decodeMha(await store.getObject(stored.digest), series);
    const same = sameGrid(grid, volume.grid).same && voxelDigest(volume) === stored.voxelDigest;
    if (!same) return { finding: { outcome: 'different', detail: 'other voxels or another grid' }, volume };
    const again = sha256(await encodeMha(volume));
    const detail = 'the same voxels, which this code writes as other bytes';
    return { finding: again === stored.digest ? EQUAL : { outcome: 'within', detail }, volume };
  } catch (error) {
    return { finding: damaged(error), volume: null };
  }
}

/** What the reviewer was shown; `finding` tells why it is not there. Neither for a mask that was given. */
async function baseOf(
  deps: StoreDeps,
  { reference, series }: Entry,
): Promise<{ mask: Mask | null; finding: Finding | null }> {
  const { baseDigest } = reference;
  if (baseDigest === null) return { mask: null, finding: null };
  try {
    return { mask: asMask(await decodeMha(await deps.store.getObject(baseDigest), series), series), finding: null };
  } catch (error) {
    return { mask: null, finding: damaged(error) };
  }
}

function damaged(error: unknown): Finding {
  if (error instanceof MissingObjectError) return { outcome: 'impossible', detail: error.message };
  const isNamed = error instanceof CorruptObjectError || error instanceof InvalidInputError;
  if (!isNamed) throw error;
  return { outcome: 'different', detail: error.message };
}

function labels({ reference }: Entry, mask: Mask, base: Mask | null): Finding {
  const present = labelsOf(mask);
  if (canonicalJson(present) !== canonicalJson(reference.labels)) {
    return { outcome: 'different', detail: `labels are ${present.join(', ')}` };
  }
  const recorded = reference.incompleteVertebrae;
  const byEdge = incompleteVertebrae(mask);
  const cut = base ? cutVertebrae(mask, base) : byEdge;
  const isRecorded = (labels: number[]) => canonicalJson(labels) === canonicalJson(recorded);
  // A correction may leave out the marks of what was shown.
  if (isRecorded(cut) || (reference.origin === 'corrected' && isRecorded(byEdge))) return EQUAL;
  // A reviewer may mark others, in a correction that is kept only as the reference it became.
  const marked = recorded.filter((label) => !byEdge.includes(label));
  const isMarked = reference.origin === 'corrected' && byEdge.every((label) => recorded.includes(label));
  if (!isMarked) return { outcome: 'different', detail: `cut vertebrae are ${cut.join(', ') || 'none'}` };
  return { outcome: 'within', detail: `cut vertebrae as the reviewer marked them: ${marked.join(', ')}` };
}

function change({ reference, grid }: Entry, mask: Mask, base: Mask): Finding {
  const { voxelsChanged, dice } = voxelChanges(referenceOf(base, grid, reference.annotatedClasses), mask);
  if (voxelsChanged === reference.voxelsChanged && dice === reference.diceToBase) return EQUAL;
  return { outcome: 'different', detail: `${voxelsChanged} voxels changed, Dice ${dice.toFixed(4)}` };
}
