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
 * Draws structures on an image's own grid: the log-odds of each are interpolated trilinearly at the voxel centres of the box it
 * touches, and a voxel over 0 takes the label where none is yet; so the list is in falling priority. A network's log-odds run
 * nearly straight across a border where its probabilities bend, so that its surface is kept better. Image voxels beyond the last
 * working voxel (less than one step) take the working grid's edge. No structures give an empty mask.
 */
export function writeBack(structures: readonly LabelledStructure[], image: Grid, working: Grid): Mask {
  const voxels = new Int16Array(voxelCount(image));
  const toWorking = indexMap(image, working);
  const toImage = indexMap(working, image);
  for (const { label, structure } of structures) {
    const box = touchedBox(structure, image, working, toImage);
    if (box) draw(voxels, image.size, box, label, block(structure, working.size), toWorking);
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

/** A structure's log-odds, and what each cell between eight of them holds. */
interface Block {
  low: Vec3;
  size: Vec3;
  odds: Float32Array;
  /** One per voxel, for the cell from it on: OUTSIDE, INSIDE or CROSSED by the surface. */
  cells: Uint8Array;
  /** Per axis, whether the block ends where the working grid does: what lies further out takes the edge. */
  open: [low: boolean, high: boolean][];
}

const OUTSIDE = 0;
const INSIDE = 1;
const CROSSED = 2;

/** Log-odds of 0 and 1 would have no end: e^-8 is 0.03 %. */
const MOST_ODDS = 8;

function block({ low, size, values }: StructureProbabilities, workingSize: Vec3): Block {
  const odds = new Float32Array(values.length).fill(-MOST_ODDS);
  for (let at = 0; at < values.length; at++) {
    const p = values[at]!;
    if (p > 0) odds[at] = Math.min(Math.max(Math.log(p / (1 - p)), -MOST_ODDS), MOST_ODDS);
  }
  const open = low.map((from, axis): [boolean, boolean] => [from === 0, from + size[axis]! === workingSize[axis]!]);
  return { low, size, odds, cells: cellsOf(odds, size), open };
}

function cellsOf(odds: Float32Array, [nx, ny, nz]: Vec3): Uint8Array {
  const cells = new Uint8Array(odds.length);
  for (let z = 0, at = 0; z < nz; z++) {
    const up = z < nz - 1 ? nx * ny : 0;
    for (let y = 0; y < ny; y++) {
      const next = y < ny - 1 ? nx : 0;
      for (let x = 0; x < nx; x++, at++) {
        const right = x < nx - 1 ? 1 : 0;
        let over = 0;
        for (let corner = 0; corner < 8; corner++) {
          const there = at + (corner & 1 ? right : 0) + (corner & 2 ? next : 0) + (corner & 4 ? up : 0);
          if (odds[there]! > 0) over++;
        }
        cells[at] = over === 0 ? OUTSIDE : over === 8 ? INSIDE : CROSSED;
      }
    }
  }
  return cells;
}

function draw(
  voxels: Int16Array,
  imageSize: Vec3,
  box: Box,
  label: number,
  { low, size, odds, cells, open }: Block,
  { origin, columns: [a, b, c] }: ReturnType<typeof indexMap>,
): void {
  const [nx, ny, nz] = size;
  const span = { from: 0, to: 0 };
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    for (let j = box.low[1]; j <= box.high[1]; j++) {
      const row = imageSize[0] * (j + imageSize[1] * k);
      const x0 = origin[0] + j * b[0] + k * c[0] - low[0];
      const y0 = origin[1] + j * b[1] + k * c[1] - low[1];
      const z0 = origin[2] + j * b[2] + k * c[2] - low[2];
      span.from = box.low[0];
      span.to = box.high[0];
      narrow(span, x0, a[0], nx, open[0]!);
      narrow(span, y0, a[1], ny, open[1]!);
      narrow(span, z0, a[2], nz, open[2]!);
      for (let i = span.from; i <= span.to; i++) {
        if (voxels[row + i] !== 0) continue;
        const x = Math.min(Math.max(x0 + i * a[0], 0), nx - 1);
        const y = Math.min(Math.max(y0 + i * a[1], 0), ny - 1);
        const z = Math.min(Math.max(z0 + i * a[2], 0), nz - 1);
        const cell = cells[Math.floor(x) + nx * (Math.floor(y) + ny * Math.floor(z))];
        if (cell === OUTSIDE) continue;
        if (cell === INSIDE || trilinear(odds, nx, ny, nz, x, y, z) > 0) voxels[row + i] = label;
      }
    }
  }
}

/** Narrows a row's span to the voxels whose position `start + i · step` on one axis is in the block, or beyond an open end. */
function narrow(
  span: { from: number; to: number },
  start: number,
  step: number,
  size: number,
  [openLow, openHigh]: [boolean, boolean],
): void {
  const low = openLow ? -Infinity : -start;
  const high = openHigh ? Infinity : size - 1 - start;
  if (step === 0) {
    if (low > 0 || high < 0) span.to = span.from - 1;
    return;
  }
  const [first, last] = step > 0 ? [low / step, high / step] : [high / step, low / step];
  span.from = Math.max(span.from, Math.ceil(first));
  span.to = Math.min(span.to, Math.floor(last));
}
