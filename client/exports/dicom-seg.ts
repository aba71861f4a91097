import { dicomUid } from '../../adapters/dicom-uid.ts';
import { writeDicom, type DicomJob } from '../../adapters/dicom-writer.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import {
  dicomAlgorithm,
  dicomFolder,
  dicomSegments,
  dicomTable,
  placeSlices,
  SERIES_NUMBER,
  sixteenBits,
} from '../../core/exports/dicom.ts';
import { versionFacts } from '../../core/exports/version-facts.ts';
import type { SeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { labelName } from '../../core/labels.ts';
import type { Manifest, ManifestSeries } from '../../core/manifest.ts';
import { bytesOf } from '../checkout.ts';
import { versionFiles } from '../version-files.ts';
import type { StoredVersion } from '../versions.ts';
import { CHECKSUMS } from './export-folder.ts';
import { bytesFile, textFile, type ExportFile } from './export-plan.ts';
import { releaseFiles, type ReleaseFiles } from './spider-release.ts';

/** Series whose files are kept in memory until all of them are written: those that the lanes of the export work on. */
const SERIES_KEPT = 3;

/**
 * A version as DICOM: for every series MR images, a file a slice, and a segmentation on their grid with one segment a label. `python` has
 * the packages of workers/dicom. Throws InvalidInputError for voxels that 16 bits don't hold.
 */
export function dicomFiles(
  store: ObjectStore,
  { manifest, version, bytes }: StoredVersion,
  release: ReleaseFiles,
  python: string,
): ExportFile[] {
  const { dataset } = manifest;
  const made = new Map<SeriesId, Promise<Map<string, Uint8Array>>>();
  const seriesFiles = (entry: ManifestSeries): Promise<Map<string, Uint8Array>> => {
    const known = made.get(entry.series);
    if (known) return known;
    const files = madeOf(store, python, entry, jobOf(entry, dataset, version));
    made.set(entry.series, files);
    const [oldest] = made.keys();
    if (made.size > SERIES_KEPT) made.delete(oldest!);
    return files;
  };
  const volumes = manifest.series.flatMap((entry) =>
    namesOf(entry).map((name): ExportFile => {
      const make = async () => (await seriesFiles(entry)).get(name)!;
      return { path: `${dicomFolder(entry)}/${name}`, known: null, make };
    }),
  );
  const uids = new Map(manifest.series.map((entry) => [entry.series, jobOf(entry, dataset, version).uids]));
  return [
    ...volumes,
    textFile('series.csv', dicomTable(manifest, uids)),
    textFile('README.md', readme(manifest, version)),
    ...releaseFiles(release),
    bytesFile('version.json', bytes),
  ];
}

function namesOf({ grid, reference }: ManifestSeries): string[] {
  const slices = Array.from({ length: grid.size[2] }, (_, at) => `mr/${String(at + 1).padStart(4, '0')}.dcm`);
  return [...slices, ...(reference.labels.length > 0 ? ['seg.dcm'] : [])];
}

/** All but the voxels. UIDs are made of digests: another image, mask or version has others. */
function jobOf(entry: ManifestSeries, dataset: string, version: string): Omit<DicomJob, 'element'> {
  const { series, study, patient, sex, sequence, grid, image, reference } = entry;
  const placement = placeSlices(grid);
  const [own, mask] = [`${dataset}/${series}/${image.voxelDigest}`, `${reference.mask.voxelDigest}/${version}`];
  const uid = (...parts: (string | number)[]) => dicomUid(parts.join('/'));
  return {
    ...{ dataset, version, series, study, patient, sequence },
    sex: sex === 'unknown' ? '' : sex,
    seriesNumber: SERIES_NUMBER[sequence],
    size: grid.size,
    spacingMm: grid.spacingMm,
    rowDirection: placement.rowDirection,
    columnDirection: placement.columnDirection,
    positions: placement.positionsLpsMm,
    algorithm: dicomAlgorithm(entry),
    segments: dicomSegments(entry, version).map((segment) => ({
      ...segment,
      trackingUid: uid('segment', own, mask, segment.label),
    })),
    uids: {
      study: uid('study', dataset, study),
      // Images of one study share the scanner's space.
      frameOfReference: uid('frame', dataset, study),
      series: uid('series', own),
      instances: placement.order.map((_, at) => uid('slice', own, at)),
      segmentationSeries: uid('segmentation-series', own, mask),
      segmentation: uid('segmentation', own, mask),
      dimensions: uid('dimensions', own, mask),
    },
  };
}

async function madeOf(
  store: ObjectStore,
  python: string,
  entry: ManifestSeries,
  job: Omit<DicomJob, 'element'>,
): Promise<Map<string, Uint8Array>> {
  const { series, grid } = entry;
  const [imageFile, maskFile] = versionFiles({ series: [entry] });
  const volume = await decodeMha(await bytesOf(store, imageFile!), series);
  const mask = asMask(await decodeMha(await bytesOf(store, maskFile!), series), series);
  const sliceVoxels = grid.size[0] * grid.size[1];
  const { order } = placeSlices(grid);
  const { element, bytes } = sixteenBits(volume.voxels, sliceVoxels, order, series);
  const numbers = new Map(job.segments.map(({ label, number }) => [label, number]));
  const segments = new Uint8Array(mask.voxels.length);
  order.forEach((z, slice) => {
    for (let at = 0; at < sliceVoxels; at++) {
      const label = mask.voxels[z * sliceVoxels + at]!;
      const number = label === 0 ? 0 : numbers.get(label);
      if (number === undefined) throw new InvalidInputError(series, 'mask', 'the labels of the manifest', `${label}`);
      segments[slice * sliceVoxels + at] = number;
    }
  });
  return writeDicom(python, { ...job, element }, bytes, segments);
}

function readme(manifest: Manifest, version: string): string {
  const { patients, series } = versionFacts(manifest);
  return `# ${manifest.dataset}

Version \`${version}\` as DICOM: ${series} MR series of ${patients} patients, and the reference segmentation of each.

- \`<patient>/<series>/mr/0001.dcm\` …: MR Image Storage, one file a slice, voxels as they are in the dataset; \`seg.dcm\`: Segmentation Storage, binary, one
  segment a label, on the grid of the images. \`series.csv\` lists everything.
- Slices are in the order of row × column. Where \`series.csv\` says \`reversed\` the dataset's own grid is left-handed, which a DICOM volume can't be:
  its slices stand the other way round, each voxel at the same place.
- Everything but geometry, voxels, sex and pseudonym is unknown and left empty where DICOM lets it. **Dates and times are 2000-01-01 00:00:00
  throughout and mean nothing**; ScanningSequence is \`RM\`; SliceThickness is the distance between slices.
- A segment's code says vertebra, disc or canal. Which level it is is not coded: numbers count from the lowest vertebra in view (usually
  ${labelName(1)}), and SegmentDescription has the dataset's label and the version. \`version.json\` tells how every mask came to be.
- \`sha256sum --check ${CHECKSUMS}\` checks every file.
`;
}
