import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { formatNiftiHeader, NIFTI_VOXELS_AT } from '../core/nifti-write.ts';
import type { Volume } from '../core/volume.ts';
import { littleEndian } from './volume.ts';

const COMPRESSION_LEVEL = 3;
/** The byte of a gzip header that names the operating system, and its value for "unknown": the same bytes everywhere. */
const GZIP_SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 255;

/**
 * A volume as a `.nii.gz` file, voxel for voxel on its own grid (core/nifti-write.ts): the same bytes for the same volume under one
 * zlib, without a time. `name` stands in errors. Throws InvalidInputError.
 */
export async function encodeNifti(volume: Volume, name: string): Promise<Uint8Array> {
  const voxels = littleEndian(volume);
  const file = new Uint8Array(NIFTI_VOXELS_AT + voxels.length);
  file.set(formatNiftiHeader(volume.grid, volume.element, name));
  file.set(voxels, NIFTI_VOXELS_AT);
  const bytes = await promisify(gzip)(file, { level: COMPRESSION_LEVEL });
  bytes[GZIP_SYSTEM_AT] = UNKNOWN_SYSTEM;
  return bytes;
}
