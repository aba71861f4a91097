import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeMha } from '../../adapters/volume.ts';
import type { Grid } from '../../core/geometry.ts';

const GRID: Grid = {
  size: [14, 40, 64],
  spacingMm: [4, 2, 2],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const PITCH = 16;

/** Writes an image and its mask in SPIDER's labels: four vertebrae as boxes with a disc below each, no canal; the fourth is cut off. */
export async function writeBlockSpine(image: string, mask: string): Promise<void> {
  const [nx, ny, nz] = GRID.size;
  const labels = new Uint8Array(nx * ny * nz);
  for (let z = 4; z < nz; z++) {
    const level = Math.floor((z - 4) / PITCH) + 1;
    const label = (z - 4) % PITCH < 4 ? 200 + level : level;
    for (let y = 12; y < 28; y++) labels.fill(label, 3 + nx * (y + ny * z), 11 + nx * (y + ny * z));
  }
  const grey = Int16Array.from(labels, (label, at) => (label === 0 ? 100 : label > 200 ? 300 : 800) + ((at * 7) % 50));
  await mkdir(dirname(image), { recursive: true });
  await mkdir(dirname(mask), { recursive: true });
  await writeFile(image, await encodeMha({ grid: GRID, element: 'SHORT', voxels: grey }));
  await writeFile(mask, await encodeMha({ grid: GRID, element: 'UCHAR', voxels: labels }));
}
