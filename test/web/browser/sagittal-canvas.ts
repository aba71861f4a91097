import type { Page } from 'playwright-core';

/**
 * Where voxels of the sample grids (40 × 64 in a sagittal slice, 1.5 mm each, nose to the left, head up) lie on the page when only
 * the sagittal view is shown: the slice is centred and as large as fits, here as high as the canvas.
 *
 *   canvas   ┌────┬──────────┬────┐   scale = height / 96 mm
 *            │    │ ← 60mm → │    │   x = middle + (i + ½ − 20) · 1.5 mm · scale
 *            └────┴──────────┴────┘   y = top + (j + ½) · 1.5 mm · scale
 */
export class SagittalCanvas {
  private constructor(
    private readonly page: Page,
    private readonly box: { x: number; y: number; width: number; height: number },
  ) {}

  /** Shows the sagittal view alone, with the crosshair at the centre of a structure that is drawn with from then on. */
  static async at(page: Page, structure: string): Promise<SagittalCanvas> {
    await page.keyboard.press('2');
    const named = page.getByText(structure, { exact: true });
    await page.locator('button.structure').filter({ has: named }).click();
    const box = await page.locator('canvas').boundingBox();
    if (!box) throw new Error('there is no canvas');
    return new SagittalCanvas(page, box);
  }

  /** Draws from voxel to voxel (x, y) of the slice with the tool that is chosen; one dab when there is only one. */
  async draw(...voxels: [number, number][]): Promise<void> {
    const [first, ...rest] = voxels.map((voxel) => this.place(voxel));
    await this.page.mouse.move(...first!);
    await this.page.mouse.down();
    for (const place of rest) await this.page.mouse.move(...place, { steps: 6 });
    await this.page.mouse.up();
  }

  private place([i, j]: [number, number]): [number, number] {
    const { x, y, width, height } = this.box;
    const scale = height / 96;
    return [x + width / 2 + (i + 0.5 - 20) * 1.5 * scale, y + (j + 0.5) * 1.5 * scale];
  }
}
