import { indexToLps, voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import type { Mask, Volume } from '../../core/volume.ts';

/** Signal of each tissue. */
export interface Contrast {
  vertebra: number;
  disc: number;
  canal: number;
  elsewhere: number;
}

export const T1: Contrast = { vertebra: 700, disc: 420, canal: 150, elsewhere: 500 };
export const T2: Contrast = { vertebra: 300, disc: 150, canal: 1000, elsewhere: 420 };

/**
 * A spine of blocks about the origin (LPS, mm), of five vertebrae 36 mm apart that differ in height and lean a little, each with
 * a disc below and an arch behind the canal:
 *
 *   back  y  24..36   arch, behind every vertebra's middle third
 *         y  10..22   canal
 *   front y -18..8    vertebra k: z about 36·(k - 2), 24 + k high; disc between
 */
export function spineLabel([x, y, z]: Vec3): number {
  const leaning = z - 0.12 * (y + 5) - 0.05 * x;
  const level = Math.round(leaning / 36);
  if (Math.abs(level) > 2) return 0;
  const within = leaning - 36 * level;
  const height = 24 + level;
  const width = 22 + level - 0.1 * Math.abs(within);
  if (Math.abs(x) < 9 && y > 10 && y < 22) return 100;
  if (Math.abs(x) < 12 && y >= 24 && y < 36 && Math.abs(within) < 6) return level + 3;
  if (Math.abs(x) >= width || y <= -18 - 0.04 * Math.abs(within) || y >= 8) return 0;
  if (Math.abs(within) < height / 2) return level + 3;
  return within < 0 && within > -36 + height / 2 + 12 ? 203 + level : 0;
}

/** The spine moved by `shiftMm`, as an image with noise (a fixed sequence) and uneven light on a grid; voxels are means of 2×2×2. */
export function spineImage(grid: Grid, contrast: Contrast, shiftMm: Vec3, noise = 40): Volume<Int16Array> {
  let state = 1;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  const voxels = new Int16Array(voxelCount(grid));
  eachVoxel(grid, (index, at) => {
    let sum = 0;
    for (let n = 0; n < 8; n++) {
      const offset = (axis: number): number => index[axis]! + ((n >> axis) & 1 ? 0.25 : -0.25);
      const [x, y, z] = indexToLps(grid, [offset(0), offset(1), offset(2)]);
      sum += signalOf(spineLabel([x - shiftMm[0], y - shiftMm[1], z - shiftMm[2]]), contrast);
    }
    const light = 1 + 0.3 * Math.sin(index[0] / 40 + index[1] / 60);
    voxels[at] = Math.round((sum / 8) * light + noise * (random() + random()));
  });
  return { grid, element: 'SHORT', voxels };
}

export function spineMask(grid: Grid, shiftMm: Vec3 = [0, 0, 0]): Mask {
  const voxels = new Int16Array(voxelCount(grid));
  eachVoxel(grid, (index, at) => {
    const [x, y, z] = indexToLps(grid, index);
    voxels[at] = spineLabel([x - shiftMm[0], y - shiftMm[1], z - shiftMm[2]]);
  });
  return { grid, element: 'SHORT', voxels };
}

/** A grid of the size whose middle is the origin. */
export function centredGrid(size: Grid['size'], spacingMm: Vec3, direction: Grid['direction']): Grid {
  const grid: Grid = { size, spacingMm: [...spacingMm], originLpsMm: [0, 0, 0], direction };
  const [x, y, z] = indexToLps(grid, [(size[0] - 1) / 2, (size[1] - 1) / 2, (size[2] - 1) / 2]);
  return { ...grid, originLpsMm: [-x, -y, -z] };
}

function signalOf(label: number, contrast: Contrast): number {
  if (label === 0) return contrast.elsewhere;
  if (label === 100) return contrast.canal;
  return label > 200 ? contrast.disc : contrast.vertebra;
}

function eachVoxel({ size }: Grid, visit: (index: Vec3, at: number) => void): void {
  let at = 0;
  for (let z = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++) for (let x = 0; x < size[0]; x++) visit([x, y, z], at++);
}
