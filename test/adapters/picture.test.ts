import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { intensityWindow, renderPicture } from '../../adapters/picture.ts';
import type { Grid } from '../../core/geometry.ts';
import { labelColour } from '../../core/label-colours.ts';
import { ORIENTATION_CODES, reorient } from '../../core/reorient.ts';
import type { Mask, Volume } from '../../core/volume.ts';

// 20 voxels of 2 mm from right to left, 30 of 1 mm from front to back, 10 of 4 mm from feet to head: 40 × 30 × 40 mm.
const GRID: Grid = {
  size: [20, 30, 10],
  spacingMm: [2, 1, 4],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const THROUGH = [3, 6, 8] as const;

/** Black but for a white block in the patient's right upper front: 8 mm wide and deep, two slices high, about the voxel THROUGH. */
function block(): Volume<Int16Array> {
  const voxels = new Int16Array(6000);
  for (let z = 7; z <= 8; z++)
    for (let y = 2; y <= 9; y++) for (let x = 2; x <= 5; x++) voxels[x + 20 * (y + 30 * z)] = 1000;
  return { grid: GRID, element: 'SHORT', voxels };
}
const asMask = (volume: Volume<Int16Array>, label: number): Mask => ({
  grid: volume.grid,
  element: 'SHORT',
  voxels: volume.voxels.map((value) => (value > 0 ? label : 0)),
});

function decoded(picture: Uint8Array): PNG & { at: (x: number, y: number) => number[] } {
  const png = PNG.sync.read(Buffer.from(picture));
  const at = (x: number, y: number): number[] => [
    ...png.data.subarray(4 * (y * png.width + x), 4 * (y * png.width + x) + 3),
  ];
  return Object.assign(png, { at });
}

/** Box of the pixels inside a panel that fulfil something: [left, top, right, bottom] in pixels from the panel's corner. */
function extent(
  png: ReturnType<typeof decoded>,
  left: number,
  width: number,
  is: (rgb: number[]) => boolean,
): number[] {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < width; x++) {
      if (!is(png.at(left + x, y))) continue;
      [box[0], box[1]] = [Math.min(box[0]!, x), Math.min(box[1]!, y)];
      [box[2], box[3]] = [Math.max(box[2]!, x), Math.max(box[3]!, y)];
    }
  }
  return box;
}

describe('renderPicture', () => {
  // At 40 pixels of height a pixel is 1 mm: sagittal 30 wide, coronal 40, axial 40, gaps of 6; too small for letters.
  const OPTIONS = { heightPx: 40, through: THROUGH, windowPercent: [0, 100] } as const;

  it('sets sagittal, coronal and axial slices side by side on one scale', () => {
    const png = decoded(renderPicture(block(), null, OPTIONS));
    expect([png.width, png.height]).toEqual([30 + 6 + 40 + 6 + 40, 40]);
  });

  it('shows the front at the left, the head at the top, the right at the left: from any storage order', () => {
    const label = asMask(block(), 1);
    const structure = (rgb: number[]): boolean => rgb.join() === labelColour(1).join();
    for (const code of ORIENTATION_CODES) {
      const image = reorient(block(), code);
      const mask = reorient(label, code);
      // The voxel in the new order that holds the same point.
      const at = image.voxels.findIndex((value) => value > 0);
      const [nx, ny] = image.grid.size;
      const through = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))] as const;
      const png = decoded(renderPicture(image, mask, { ...OPTIONS, through, opacity: 1 }));
      // y 2 to 9 mm from the front; slices 7 and 8 of 10 from the feet are 4 to 11 mm from the top; x 2 to 5 are 4 to 11 mm.
      expect(extent(png, 0, 30, structure), code).toEqual([2, 4, 9, 11]);
      expect(extent(png, 36, 40, structure), code).toEqual([4, 4, 11, 11]);
      expect(extent(png, 82, 40, structure), code).toEqual([4, 2, 11, 9]);
    }
  });

  it('lays the label’s colour over the image, and a full outline', () => {
    const png = decoded(renderPicture(block(), asMask(block(), 205), { ...OPTIONS, opacity: 0.5 }));
    const colour = labelColour(205);
    expect(png.at(2, 7)).toEqual([...colour]);
    expect(png.at(5, 7)).toEqual(colour.map((value) => Math.round((255 + value) / 2)));
    expect(png.at(20, 30)).toEqual([0, 0, 0]);
  });

  it('goes through the canal and the middle disc by default', () => {
    const image = block();
    const mask: Mask = { ...image, voxels: new Int16Array(6000) };
    const set = (label: number, x: number, y: number, z: number): void =>
      void (mask.voxels[x + 20 * (y + 30 * z)] = label);
    // The canal alone would give slice y 20, the disc alone x 4.
    set(100, 3, 20, 8);
    set(201, 4, 6, 8);
    set(202, 15, 25, 1);
    expect(renderPicture(image, mask)).toEqual(renderPicture(image, mask, { through: THROUGH }));
    expect(renderPicture(image)).toEqual(renderPicture(image, null, { through: [10, 15, 5] }));
  });

  it('marks the sides when there is room', () => {
    const flat: Volume = { ...block(), voxels: new Int16Array(6000) };
    const png = decoded(renderPicture(flat, null, { heightPx: 400 }));
    const white = (rgb: number[]): boolean => rgb.join() === '255,255,255';
    expect(extent(png, 0, 300, white)).toEqual([4, 193, 295, 206]);
    // R has a dot in its upper left corner; the row below its bow ends before the right edge.
    expect(png.at(306 + 4, 193)).toEqual([255, 255, 255]);
  });

  it('refuses a mask on another grid and options out of range', () => {
    const elsewhere = { ...asMask(block(), 1), grid: { ...GRID, originLpsMm: [0, 0, 5] as [number, number, number] } };
    expect(() => renderPicture(block(), elsewhere)).toThrow(/^picture: mask originLpsMm: expected 0 0 0, got 0 0 5$/);
    expect(() => renderPicture(block(), null, { through: [20, 0, 0] })).toThrow(/^picture: through: /);
    expect(() => renderPicture(block(), null, { windowPercent: [50, 50] })).toThrow(/^picture: windowPercent: /);
    expect(() => renderPicture(block(), null, { heightPx: 100_000 })).toThrow(/^picture: heightPx: /);
  });
});

describe('intensityWindow', () => {
  it('takes percentiles', () => {
    const voxels = Int16Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    expect(intensityWindow(voxels, [1, 99])).toEqual([1, 99]);
    expect(intensityWindow(voxels, [0, 100])).toEqual([0, 100]);
  });
});
