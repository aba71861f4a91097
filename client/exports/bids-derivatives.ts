import { encodeNifti } from '../../adapters/nifti-file.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { decodeMha } from '../../adapters/volume.ts';
import {
  bidsPaths,
  datasetDescription,
  imageSidecars,
  labelTable,
  maskSidecar,
  PARTICIPANTS_COLUMNS,
  participantsTable,
} from '../../core/exports/bids.ts';
import { versionFacts } from '../../core/exports/version-facts.ts';
import type { Manifest } from '../../core/manifest.ts';
import { bytesOf } from '../checkout.ts';
import { versionFiles } from '../version-files.ts';
import type { StoredVersion } from '../versions.ts';
import { CHECKSUMS, EXPORT_MARK } from './export-folder.ts';
import { bytesFile, jsonFile, textFile, type ExportFile } from './export-plan.ts';
import { releaseFiles, type ReleaseFiles } from './spider-release.ts';

/** A version as BIDS derivatives: images and masks in NIfTI. Throws InvalidInputError when two patients would be one subject. */
export function bidsFiles(
  store: ObjectStore,
  { manifest, version, bytes }: StoredVersion,
  release: ReleaseFiles,
): ExportFile[] {
  const paths = bidsPaths(manifest);
  const volumes = versionFiles(manifest).map((file): ExportFile => {
    const path = `${paths.get(file.series)![file.kind]}.nii.gz`;
    const make = async () => encodeNifti(await decodeMha(await bytesOf(store, file), path), path);
    return { path, known: null, make };
  });
  const sidecars = manifest.series.map((entry) => {
    const own = paths.get(entry.series)!;
    return jsonFile(`${own.mask}.json`, maskSidecar(entry, own));
  });
  return [
    ...volumes,
    ...sidecars,
    ...[...imageSidecars(manifest)].map(([path, value]) => jsonFile(path, value)),
    jsonFile('dataset_description.json', datasetDescription(manifest, version)),
    textFile('dseg.tsv', labelTable(manifest)),
    textFile('participants.tsv', participantsTable(manifest)),
    jsonFile('participants.json', PARTICIPANTS_COLUMNS),
    textFile('README.md', readme(manifest, version)),
    textFile('.bidsignore', `version.json\n${EXPORT_MARK}\n${CHECKSUMS}\n`),
    ...releaseFiles(release),
    bytesFile('version.json', bytes),
  ];
}

function readme(manifest: Manifest, version: string): string {
  const { patients, series, trainPatients, validationPatients } = versionFacts(manifest);
  return `# ${manifest.dataset}

Version \`${version}\` as BIDS derivatives: ${series} MR series of ${patients} patients (${trainPatients} train, ${validationPatients} validation),
each with a reference mask on its grid. \`dseg.tsv\` names the labels of the masks, \`participants.tsv\` the set of every patient,
\`version.json\` how every mask came to be. \`sha256sum --check ${CHECKSUMS}\` checks every file.
`;
}
