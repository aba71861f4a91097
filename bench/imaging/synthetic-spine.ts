import type { Mask } from '../../core/volume.ts';

const SIZE: [number, number, number] = [512, 512, 150];
const LEVELS = 10;

/**
 * A synthetic pair of 512×512×150 with 20 structures in each: 10 vertebrae with an arch, 9 discs and a canal, stacked along y,
 * about as large as in a SPIDER T2 SPACE series. In the prediction every structure is a little larger or smaller and shifted.
 */
export function syntheticPair(): { reference: Mask; prediction: Mask } {
  return { reference: spine(() => 0), prediction: spine((label) => ((label * 7) % 5) - 2) };
}

function spine(change: (label: number) => number): Mask {
  const voxels = new Int16Array(SIZE[0] * SIZE[1] * SIZE[2]);
  const draw = (label: number, centre: number[], radii: number[]): void => {
    const grown = change(label);
    ellipsoid(
      voxels,
      label,
      centre.map((at, axis) => at + (axis === 0 ? grown : 0)),
      radii.map((radius) => Math.max(2, radius + grown / 2)),
    );
  };
  draw(100, [300, 256, 75], [16, 250, 24]);
  for (let level = 0; level < LEVELS; level++) {
    const y = 490 - 48 * level;
    if (level > 0) draw(200 + level, [220, y + 24, 75], [46, 8, 44]);
    draw(level + 1, [220, y, 75], [50, 17, 50]);
    draw(level + 1, [350, y + 8, 75], [26, 14, 30]);
  }
  const grid: Mask['grid'] = {
    size: SIZE,
    spacingMm: [0.6, 0.6, 0.9],
    originLpsMm: [0, 0, 0],
    direction: [0, 0, 1, 1, 0, 0, 0, -1, 0],
  };
  return { grid, element: 'SHORT', voxels };
}

function ellipsoid(voxels: Int16Array, label: number, centre: number[], radii: number[]): void {
  const [nx, ny, nz] = SIZE;
  const [cx, cy, cz] = centre as [number, number, number];
  const [rx, ry, rz] = radii as [number, number, number];
  for (let z = Math.max(0, Math.ceil(cz - rz)); z <= Math.min(nz - 1, cz + rz); z++) {
    for (let y = Math.max(0, Math.ceil(cy - ry)); y <= Math.min(ny - 1, cy + ry); y++) {
      const left = 1 - ((y - cy) / ry) ** 2 - ((z - cz) / rz) ** 2;
      if (left < 0) continue;
      const half = rx * Math.sqrt(left);
      for (let x = Math.max(0, Math.ceil(cx - half)); x <= Math.min(nx - 1, cx + half); x++) {
        voxels[x + nx * (y + ny * z)] = label;
      }
    }
  }
}
