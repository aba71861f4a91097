import type { GateFix } from '../gate-result.ts';
import { InvalidInputError } from '../invalid-input.ts';
import { boxSize } from '../structures.ts';
import type { Mask } from '../volume.ts';
import { piecesOfLabel } from './label-pieces.ts';
import { strayPieces } from './pieces.ts';
import { Spine } from './spine.ts';

/**
 * Makes a proposed change on a copy; the mask itself stays as it is. Throws InvalidInputError when the change would touch
 * another number of voxels than was proposed: the mask is then not the one that the gates saw.
 */
export function applyFix(mask: Mask, fix: GateFix): Mask {
  const voxels = Int16Array.from(mask.voxels);
  const changed = fix.kind === 'renumber' ? renumber(voxels, fix) : removePieces(mask, voxels, fix);
  if (changed !== fix.voxels) {
    throw new InvalidInputError('mask', 'fix', `${fix.voxels} voxels to change, as proposed`, `${changed}`);
  }
  return { ...mask, voxels };
}

/** Makes every proposed change of a check, one after the other. */
export function applyFixes(mask: Mask, fixes: readonly GateFix[]): Mask {
  // Pieces go first: a renumbering changes the labels by which they are named.
  const removals = fixes.filter(({ kind }) => kind === 'remove-pieces');
  const removed = removals.reduce(applyFix, mask);
  const renumberings = fixes.filter(({ kind }) => kind === 'renumber');
  return renumberings.reduce((fixed, fix) => applyFix(fixed, { ...fix, voxels: countOf(fixed, fix.labels) }), removed);
}

function countOf({ voxels }: Mask, labels: readonly number[]): number {
  const wanted = new Set(labels);
  return voxels.reduce((count, label) => count + (wanted.has(label) ? 1 : 0), 0);
}

function renumber(voxels: Int16Array, { renumbering = [] }: GateFix): number {
  const becomes = new Map(renumbering.map(({ from, to }) => [from, to]));
  let changed = 0;
  for (let at = 0; at < voxels.length; at++) {
    const to = becomes.get(voxels[at]!);
    if (to === undefined) continue;
    voxels[at] = to;
    changed++;
  }
  return changed;
}

function removePieces(mask: Mask, voxels: Int16Array, { labels }: GateFix): number {
  const spine = new Spine(mask);
  const [nx, ny] = mask.grid.size;
  let changed = 0;
  for (const label of labels) {
    const box = spine.boxes.get(label);
    if (!box) continue;
    const stray = new Set(strayPieces(spine, label).certain.map(({ component }) => component));
    const { components } = piecesOfLabel(mask, box, label);
    const [bx, by] = boxSize(box);
    for (let at = 0; at < components.length; at++) {
      if (!stray.has(components[at]!)) continue;
      const [x, y, z] = [at % bx, Math.floor(at / bx) % by, Math.floor(at / (bx * by))];
      voxels[x + box.min[0] + nx * (y + box.min[1] + ny * (z + box.min[2]))] = 0;
      changed++;
    }
  }
  return changed;
}
