import type { Page } from 'playwright-core';
import { asMask, decodeMha } from '../../../adapters/volume.ts';
import type { Mask } from '../../../core/volume.ts';

export const maskOf = async (file: Uint8Array): Promise<Mask> => asMask(await decodeMha(file, 'mask'), 'mask');

/** Waits until the verdict panel says this; a fault tells what it says instead. */
export async function says(page: Page, text: string | RegExp): Promise<void> {
  const panel = page.getByRole('region', { name: 'Verdict' });
  await panel
    .getByText(text)
    .waitFor()
    .catch(async () => {
      throw new Error(`waited for ${text}, but the panel says: ${(await panel.allInnerTexts()).join(' ')}`);
    });
}
