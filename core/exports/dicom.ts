import type { Vec3 } from '../geometry.ts';
import { indexToLps, type Grid } from '../geometry.ts';
import type { PatientId, SeriesId } from '../ids.ts';
import { InvalidInputError } from '../invalid-input.ts';
import { labelName, structureClass, type StructureClass } from '../labels.ts';
import type { Manifest, ManifestSeries } from '../manifest.ts';

/** SNOMED CT codes. A vertebra's number is no level (SPIDER counts from the lowest in view), so no level is coded. */
export const CODES: Readonly<Record<StructureClass, { code: string; meaning: string }>> = {
  vertebra: { code: '51282000', meaning: 'Vertebra' },
  disc: { code: '360499006', meaning: 'Intervertebral disc' },
  canal: { code: '61853006', meaning: 'Vertebral canal' },
};

/** A label of the mask as a segment; `number` counts from 1, since DICOM wants no gap. */
export interface DicomSegment {
  number: number;
  label: number;
  name: string;
  code: string;
  meaning: string;
  description: string;
}

/** Whose hand a reference is of, as SegmentAlgorithmType tells it. */
export type DicomAlgorithm = { type: 'MANUAL' } | { type: 'SEMIAUTOMATIC'; name: string; version: string };

/** Where the slices of a volume lie: the first one first, along row × column. */
export interface SlicePlacement {
  rowDirection: Vec3;
  columnDirection: Vec3;
  /** Of the first voxel of each slice. */
  positionsLpsMm: Vec3[];
  /** The z index of each. */
  order: number[];
  /** Slices of a left-handed grid come last first: DICOM counts them along row × column. */
  isReversed: boolean;
}

/**
 * Places the slices of a grid as DICOM has them. No voxel moves: x runs along rows and y along columns as in the volume, and slices are put
 * in the order of their normal, which for a left-handed grid is the other way round.
 */
export function placeSlices(grid: Grid): SlicePlacement {
  const column = (axis: 0 | 1 | 2): Vec3 => [
    grid.direction[axis],
    grid.direction[3 + axis]!,
    grid.direction[6 + axis]!,
  ];
  const [rowDirection, columnDirection, across] = [column(0), column(1), column(2)];
  const [a, b] = [rowDirection, columnDirection];
  const normal = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]] as const;
  const isReversed = normal[0] * across[0] + normal[1] * across[1] + normal[2] * across[2] < 0;
  const order = Array.from({ length: grid.size[2] }, (_, at) => (isReversed ? grid.size[2] - 1 - at : at));
  const positionsLpsMm = order.map((z) => indexToLps(grid, [0, 0, z]));
  return { rowDirection, columnDirection, positionsLpsMm, order, isReversed };
}

/** The segments of a reference, ascending by label. */
export function dicomSegments({ reference }: Pick<ManifestSeries, 'reference'>, version: string): DicomSegment[] {
  return [...reference.labels]
    .sort((a, b) => a - b)
    .map((label, at) => {
      const structure = structureClass(label)!;
      const cut = reference.incompleteVertebrae.includes(label) ? '; cut by the edge of the volume' : '';
      const counted = structure === 'canal' ? '' : `, ${labelName(label)} if the lowest vertebra in view is L5`;
      return {
        number: at + 1,
        label,
        name: structure === 'canal' ? 'spinal canal' : `${structure} ${label % 200}`,
        ...CODES[structure],
        description: `SPIDER label ${label}${counted}${cut}; dataset version ${version}`,
      };
    });
}

export function dicomAlgorithm({ reference }: Pick<ManifestSeries, 'reference'>): DicomAlgorithm {
  const { base, modelDigest, baseDigest } = reference;
  if (base === 'none') return { type: 'MANUAL' };
  const name = {
    propagated: 'carried over from T2 SPACE',
    proposal: 'model proposal',
    reference: 'corrected reference',
  };
  const version = (modelDigest ?? baseDigest ?? 'unknown').slice(0, 12);
  return { type: 'SEMIAUTOMATIC', name: `${name[base]}, reviewed`, version };
}

/** `<patient>/<series>`, below which a series' files lie. */
export function dicomFolder({ patient, series }: { patient: PatientId; series: SeriesId }): string {
  return `${patient}/${series}`;
}

export const SERIES_NUMBER = { t1: 1, t2: 2, t2_SPACE: 3 } as const;

/** Voxels as 16 bits hold them, without a change; little-endian, in the order of the slices. Throws InvalidInputError for others. */
export function sixteenBits(
  voxels: ArrayLike<number>,
  sliceVoxels: number,
  order: readonly number[],
  name: string,
): { element: '<i2' | '<u2'; bytes: Uint8Array } {
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < voxels.length; at++) {
    const value = voxels[at]!;
    if (!Number.isInteger(value)) throw unfit(name, String(value));
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const isSigned = least < 0;
  const [lowest, highest] = isSigned ? [-32_768, 32_767] : [0, 65_535];
  if (least < lowest || most > highest) throw unfit(name, `${least} to ${most}`);
  const view = new DataView(new ArrayBuffer(voxels.length * 2));
  order.forEach((z, slice) => {
    for (let at = 0; at < sliceVoxels; at++) {
      // Two's complement: the same 16 bits whether they are read with a sign or without.
      view.setUint16(2 * (slice * sliceVoxels + at), voxels[z * sliceVoxels + at]! & 0xffff, true);
    }
  });
  return { element: isSigned ? '<i2' : '<u2', bytes: new Uint8Array(view.buffer) };
}

function unfit(name: string, got: string): InvalidInputError {
  return new InvalidInputError(name, 'voxels', 'whole numbers of 16 bits, which is what DICOM holds', got);
}

/** `series.csv`: what is where, and which grids were written the other way round. */
export function dicomTable(
  { series }: Manifest,
  uids: ReadonlyMap<SeriesId, { study: string; series: string; segmentation: string }>,
): string {
  const rows = series.map((entry) => {
    const own = uids.get(entry.series)!;
    return [
      entry.series,
      entry.patient,
      entry.study,
      entry.sequence,
      entry.hospital,
      entry.split,
      placeSlices(entry.grid).isReversed ? 'reversed' : 'as stored',
      own.study,
      own.series,
      entry.reference.labels.length > 0 ? own.segmentation : '',
    ].join(',');
  });
  const head =
    'series,patient,study,sequence,hospital,set,slices,StudyInstanceUID,SeriesInstanceUID,SegmentationSOPInstanceUID';
  return `${[head, ...rows].join('\n')}\n`;
}
