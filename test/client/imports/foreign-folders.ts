import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeVolumeFile } from '../../../adapters/formats.ts';
import { decodeMha } from '../../../adapters/volume.ts';

/** An exported release as somebody else would publish it: a set for two of four patients, and nothing of Spindle's. Gives `folder`. */
export function asSomebodyElse(release: string, folder: string): string {
  for (const inner of ['images', 'masks']) {
    mkdirSync(join(folder, inner));
    for (const name of readdirSync(join(release, inner)))
      copyFileSync(join(release, inner, name), join(folder, inner, name));
  }
  const table = 'new_file_name,subset\r\n1_t1,training\r\n20_t2_SPACE,validation\r\n21_t1,\r\n2_t2,\r\n';
  writeFileSync(join(folder, 'overview.csv'), table);
  return folder;
}

/** Two cases of an exported nnU-Net dataset in NIfTI, under names that are no series. Gives `folder`. */
export async function asSomebodyElsesNnunet(raw: string, folder: string): Promise<string> {
  const read = (path: string) => decodeMha(readFileSync(join(raw, path)), path);
  for (const inner of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, inner));
  for (const [name, series] of Object.entries({ spine_007: '1_t1', spine_008: '2_t2' })) {
    await writeVolumeFile(join(folder, `imagesTr/${name}_0000.nii.gz`), await read(`imagesTr/${series}_0000.mha`));
    await writeVolumeFile(join(folder, `labelsTr/${name}.nii.gz`), await read(`labelsTr/${series}.mha`));
  }
  const labels = { background: 0, vertebra: 1, disc: 2, canal: 3 };
  const dataset = { channel_names: { 0: 'T1' }, labels, numTraining: 2, file_ending: '.nii.gz' };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
  writeFileSync(join(folder, 'splits_final.json'), JSON.stringify([{ train: ['spine_008'], val: ['spine_007'] }]));
  return folder;
}
