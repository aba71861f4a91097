import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVolumeFile } from '../../adapters/formats.ts';
import { renderPicture } from '../../adapters/picture.ts';
import type { ServedNetwork } from '../../adapters/segmenter/load-model.ts';
import { segment } from '../../adapters/segmenter/segment.ts';
import { structureClass, type StructureClass } from '../../core/labels.ts';
import type { Mask } from '../../core/volume.ts';

/** Real lumbar T2 volumes, and which classes of their masks are which. Anything else is not known of them. */
const REAL = [
  ['fastcleverseg_ivd/ivd_11_image.mha', 'fastcleverseg_ivd/ivd_11_mask_spider_labels.mha', { disc: isDiscLabel }],
  ['fastcleverseg_ivd/ivd_20_image.mha', 'fastcleverseg_ivd/ivd_20_mask_spider_labels.mha', { disc: isDiscLabel }],
  [
    'spider_t2space_stack/107_t2_SPACE_slices_image.mha',
    'spider_t2space_stack/107_t2_SPACE_slices_semantic.mha',
    classes(),
  ],
  [
    'spider_t2space_stack/5_t2_SPACE_slices_image.mha',
    'spider_t2space_stack/5_t2_SPACE_slices_semantic.mha',
    classes(),
  ],
] as const;

type Belongs = Partial<Record<StructureClass, (label: number) => boolean>>;

function isDiscLabel(label: number): boolean {
  return structureClass(label) === 'disc';
}

function classes(): Belongs {
  return { vertebra: (label) => label === 1, disc: (label) => label === 2, canal: (label) => label === 3 };
}

export interface RealResult {
  volume: string;
  vertebrae: number;
  discs: number;
  doubt: number;
  /** Dice of all voxels of a class together; of what the reference holds. */
  dice: Partial<Record<StructureClass, number>>;
  picture: string;
}

/** Segments the real volumes that are in the folder and draws each, good or bad. Empty where there are none. */
export async function realVolumes(folder: string, network: ServedNetwork, out: string): Promise<RealResult[]> {
  const results: RealResult[] = [];
  for (const [image, mask, belongs] of REAL) {
    if (!existsSync(join(folder, image))) continue;
    const { volume } = await readVolumeFile(join(folder, image), image);
    const reference = await readVolumeFile(join(folder, mask), mask);
    const { mask: found, structures, doubt } = await segment(volume, network);
    const count = (name: StructureClass) =>
      structures.filter(({ label, voxels }) => voxels > 0 && structureClass(label) === name).length;
    const picture = `${image.split('/')[1]!.replace('.mha', '')}.png`;
    writeFileSync(join(out, picture), renderPicture(volume, found));
    results.push({
      volume: image,
      vertebrae: count('vertebra'),
      discs: count('disc'),
      doubt,
      dice: diceByClass(reference.volume as Mask, found, belongs),
      picture,
    });
  }
  return results;
}

function diceByClass(reference: Mask, found: Mask, belongs: Belongs): RealResult['dice'] {
  const dice: RealResult['dice'] = {};
  for (const [name, isIn] of Object.entries(belongs) as [StructureClass, (label: number) => boolean][]) {
    let [both, sum] = [0, 0];
    reference.voxels.forEach((label, at) => {
      const [wanted, got] = [isIn(Number(label)), structureClass(found.voxels[at]!) === name];
      both += wanted && got ? 1 : 0;
      sum += (wanted ? 1 : 0) + (got ? 1 : 0);
    });
    dice[name] = sum === 0 ? 0 : (2 * both) / sum;
  }
  return dice;
}
