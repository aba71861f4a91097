import type { Vec3 } from '../../core/geometry.ts';
import { cleanVertebra, type Region } from './components.ts';
import type { TrailMemory } from './memory.ts';
import type { NetworkOutput } from './network.ts';
import type { TraversalOptions } from './options.ts';
import { patchCentre, patchVoxels, readPatch, type Patch } from './patch.ts';
import { regionBox } from './structure.ts';

/** What one pass of the network shows of a vertebra that the memory doesn't hold yet. */
export interface Sighting {
  patch: Patch;
  output: NetworkOutput;
  /** The new vertebra after cleaning, in the patch. */
  vertebra: Region;
  /** Of the new vertebra, as the options' sizeTest has it. 0 when it is one found before. */
  volumeMm3: number;
  /** Sum of the probabilities of new vertebra, times the voxel: what the pass half sees. */
  softMm3: number;
  /** Centre of the new vertebra's bounding box, in voxels of the working grid; the patch's own centre when there is none. */
  centre: Vec3;
}

/** Probabilities below this are background noise to `softMm3`. */
const NOISE = 0.2;

/** Judges the network's output at a patch against the memory. */
export function judge(
  output: NetworkOutput,
  patch: Patch,
  memory: TrailMemory,
  options: TraversalOptions,
  voxelMm3: number,
): Sighting {
  const voxels = patchVoxels(patch);
  const known = new Uint8Array(voxels);
  readPatch(memory.vertebra, memory.size, patch, OUTSIDE, known);
  const fresh = new Uint8Array(voxels);
  let freshCount = 0;
  let knownCount = 0;
  let soft = 0;
  for (let at = 0; at < voxels; at++) {
    const p = output.structures[at]!;
    if (known[at] === 0 && p > NOISE) soft += p;
    if (p <= 0.5 || known[at] === OUTSIDE) continue;
    if (known[at] === 0) freshCount += fresh[at] = 1;
    else knownCount++;
  }
  const again = knownCount > options.maxKnownShare * (knownCount + freshCount);
  const minFragmentVoxels = options.minFragmentMm3 / voxelMm3;
  const vertebra = cleanVertebra(again ? new Uint8Array(voxels) : fresh, patch.size, {
    components: options.components,
    minFragmentVoxels,
  });
  const counted = options.sizeTest === 'raw' && vertebra.voxels > 0 ? freshCount : vertebra.voxels;
  return {
    patch,
    output,
    vertebra,
    volumeMm3: counted * voxelMm3,
    softMm3: again ? 0 : soft * voxelMm3,
    centre: boxCentre(vertebra, patch),
  };
}

const OUTSIDE = 2;

function boxCentre({ mask }: Region, patch: Patch): Vec3 {
  const box = regionBox(mask, patch.size);
  if (!box) return patchCentre(patch);
  const mid = (axis: 0 | 1 | 2): number => patch.corner[axis] + (box.low[axis] + box.high[axis]) / 2;
  return [mid(0), mid(1), mid(2)];
}
