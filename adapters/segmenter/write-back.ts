import { voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import type { Mask } from '../../core/volume.ts';
import { boxCorners, bounds, indexMap, mapIndex } from './affine.ts';
import type { StructureProbabilities } from './structure.ts';
import { trilinear } from './working-grid.ts';

/** A structure to be written with a label. */
export interface LabelledStructure {
  label: number;
  structure: StructureProbabilities;
}

/**
 * Draws structures on an image's own grid: the probabilities of each are interpolated trilinearly at the voxel centres of the
 * box it touches, and a voxel over 0.5 takes the label where none is yet; so the list is in falling priority. Image voxels
 * beyond the last working voxel (less than one step) take the working grid's edge. No structures give an empty mask.
 */
export function writeBack(structures: readonly LabelledStructure[], image: Grid, working: Grid): Mask {
  const voxels = new Int16Array(voxelCount(image));
  const toWorking = indexMap(image, working);
  const toImage = indexMap(working, image);
  for (const { label, structure } of structures) {
    const box = touchedBox(structure, image, working, toImage);
    if (box) draw(voxels, image.size, box, label, structure, toWorking, working.size);
  }
  return { grid: image, element: 'SHORT', voxels };
}

interface Box {
  low: Vec3;
  high: Vec3;
}

/** Image voxels whose centres can lie in the structure's block; at the working grid's edge up to one step beyond it. */
function touchedBox(
  { low, size }: StructureProbabilities,
  image: Grid,
  working: Grid,
  toImage: ReturnType<typeof indexMap>,
): Box | undefined {
  const atEdge = (axis: 0 | 1 | 2): number =>
    low[axis] + size[axis] - 1 + (low[axis] + size[axis] === working.size[axis] ? 1 : 0);
  const corners = boxCorners(low, [atEdge(0), atEdge(1), atEdge(2)]).map((corner) => mapIndex(toImage, corner));
  const reach = bounds(corners);
  const from = (axis: 0 | 1 | 2): number => Math.max(Math.ceil(reach.low[axis] - 1e-6), 0);
  const to = (axis: 0 | 1 | 2): number => Math.min(Math.floor(reach.high[axis] + 1e-6), image.size[axis] - 1);
  const box: Box = { low: [from(0), from(1), from(2)], high: [to(0), to(1), to(2)] };
  return box.low.every((at, axis) => at <= box.high[axis]!) ? box : undefined;
}

function draw(
  voxels: Int16Array,
  imageSize: Vec3,
  box: Box,
  label: number,
  { low, size, values }: StructureProbabilities,
  { origin, columns: [a, b, c] }: ReturnType<typeof indexMap>,
  workingSize: Vec3,
): void {
  const [nx, ny, nz] = size;
  const [lastX, lastY, lastZ] = workingSize.map((n) => n - 1) as [number, number, number];
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    for (let j = box.low[1]; j <= box.high[1]; j++) {
      const row = imageSize[0] * (j + imageSize[1] * k);
      const x0 = origin[0] + j * b[0] + k * c[0];
      const y0 = origin[1] + j * b[1] + k * c[1];
      const z0 = origin[2] + j * b[2] + k * c[2];
      for (let i = box.low[0]; i <= box.high[0]; i++) {
        if (voxels[row + i] !== 0) continue;
        const x = Math.min(Math.max(x0 + i * a[0], 0), lastX) - low[0];
        const y = Math.min(Math.max(y0 + i * a[1], 0), lastY) - low[1];
        const z = Math.min(Math.max(z0 + i * a[2], 0), lastZ) - low[2];
        if (x < 0 || y < 0 || z < 0 || x > nx - 1 || y > ny - 1 || z > nz - 1) continue;
        if (trilinear(values, nx, ny, nz, x, y, z) > 0.5) voxels[row + i] = label;
      }
    }
  }
}
