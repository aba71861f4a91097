import type { ObjectStore } from '../../adapters/object-store.ts';
import { asMask, decodeMha, encodeMha } from '../../adapters/volume.ts';
import { labelMapping, nnunetDataset, numbersOf, type NnunetLabelling } from '../../core/exports/nnunet.ts';
import { patientFolds } from '../../core/exports/folds.ts';
import type { Manifest } from '../../core/manifest.ts';
import { relabelled } from '../../core/relabel.ts';
import { bytesOf } from '../checkout.ts';
import { versionFiles } from '../version-files.ts';
import type { StoredVersion } from '../versions.ts';
import { bytesFile, jsonFile, type ExportFile } from './export-plan.ts';
import { releaseFiles, type ReleaseFiles } from './spider-release.ts';

export interface NnunetOptions {
  /** 1–999, as nnU-Net numbers its datasets. */
  id: number;
  labels: NnunetLabelling;
  folds: number;
  seed: number;
}

/** `Dataset501_spider`. */
export function nnunetFolder({ dataset }: Manifest, id: number): string {
  return `Dataset${String(id).padStart(3, '0')}_${dataset}`;
}

/**
 * A version as an nnU-Net raw dataset: images as they are stored, masks in consecutive numbers, `splits_final.json` by patient.
 * Throws InvalidInputError for folds that can't be.
 */
export function nnunetFiles(
  store: ObjectStore,
  { manifest, version, bytes }: StoredVersion,
  release: ReleaseFiles,
  options: NnunetOptions,
): ExportFile[] {
  const mapping = labelMapping(manifest, options.labels);
  const entries = new Map(manifest.series.map((entry) => [entry.series, entry]));
  const volumes = versionFiles(manifest).map((file): ExportFile => {
    const stored = () => bytesOf(store, file);
    if (file.kind === 'image') {
      return { path: `imagesTr/${file.series}_0000.mha`, known: file.stored, make: stored };
    }
    const path = `labelsTr/${file.series}.mha`;
    const numbers = numbersOf(mapping, entries.get(file.series)!);
    return { path, known: null, make: async () => renumbered(await stored(), numbers, path) };
  });
  return [
    ...volumes,
    jsonFile('dataset.json', nnunetDataset(manifest, version, mapping)),
    jsonFile('label_mapping.json', mapping),
    jsonFile('splits_final.json', patientFolds(manifest, options.folds, options.seed)),
    ...releaseFiles(release),
    bytesFile('version.json', bytes),
  ];
}

async function renumbered(bytes: Uint8Array, numbers: Int16Array, name: string): Promise<Uint8Array> {
  const mask = asMask(await decodeMha(bytes, name), name);
  return encodeMha(relabelled(mask, numbers, name, 'labels that the manifest lists'));
}
