import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import { voxelCount } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { DEFAULT_MAX_VOXELS } from '../core/grid-check.ts';
import { ELEMENT_BYTES, formatMhaHeader, parseMhaHeader, type MhaHeader } from '../core/mha.ts';
import type { ElementType, Mask, Volume, Voxels } from '../core/volume.ts';
import { occupiedRuns } from '../core/occupied-runs.ts';
import { deflateInBlocks } from './deflate.ts';
import { inflateExactly, SPARE_BYTES } from './inflate.ts';

const ARRAYS = {
  CHAR: Int8Array,
  UCHAR: Uint8Array,
  SHORT: Int16Array,
  USHORT: Uint16Array,
  INT: Int32Array,
  UINT: Uint32Array,
  FLOAT: Float32Array,
  DOUBLE: Float64Array,
} as const satisfies Record<ElementType, unknown>;

/**
 * Reads an MHA file (see core/mha.ts for what its header must be), inflating off the main thread.
 * The voxels have exactly the header's count, in the machine's byte order, in a buffer of their own; only geometry and voxels
 * are kept of the file. `name` stands in errors. `maxVoxels` defaults to 128 Mi and is checked before anything is allocated.
 * Throws InvalidInputError for anything out of order: header, stream end, byte count, a voxel that is not finite.
 */
export async function decodeMha(
  bytes: Uint8Array,
  name: string,
  options: { maxVoxels?: number } = {},
): Promise<Volume> {
  const header = parseMhaHeader(bytes, name, options.maxVoxels ?? DEFAULT_MAX_VOXELS);
  return decodeVoxels(header, bytes.subarray(header.dataOffset), name);
}

/**
 * The volume of a checked MetaImage header and its voxel bytes, inflated and turned to the machine's byte order as the header says. Throws InvalidInputError for a bad stream and for a voxel that is not finite.
 */
export async function decodeVoxels(
  { grid, element, compressed, bigEndian }: Omit<MhaHeader, 'dataOffset'>,
  data: Uint8Array,
  name: string,
): Promise<Volume> {
  const byteCount = voxelCount(grid) * ELEMENT_BYTES[element];
  const raw = compressed ? await inflateExactly(data, byteCount, name) : data;
  const own = ownBuffer(raw);
  if (bigEndian !== machineIsBigEndian()) swapBytes(own, ELEMENT_BYTES[element]);
  const voxels: Voxels = new ARRAYS[element](own.buffer, 0, voxelCount(grid));
  refuseNonFinite(voxels, name);
  return { grid, element, voxels };
}

/**
 * Writes an MHA file: geometry keys only, one zlib stream (adapters/deflate.ts), CompressedDataSize, little-endian.
 * Throws InvalidInputError when the array's type or length is not what element and grid say.
 */
export async function encodeMha(volume: Volume): Promise<Uint8Array> {
  const raw = littleEndian(volume);
  const stream = await deflateInBlocks(raw);
  const streamBytes = stream.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.from(formatMhaHeader(volume.grid, volume.element, streamBytes), 'latin1');
  const bytes = new Uint8Array(header.length + streamBytes);
  let at = 0;
  for (const part of [header, ...stream]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Names a volume whatever zlib wrote its file. SHA-256 (lower-case hexadecimal) of, one after the other,
 *   1. canonical JSON (RFC 8785) of {direction, originLpsMm, size, spacingMm} in UTF-8;
 *   2. one byte 0x0A;
 *   3. the element type in ASCII without MET_ (`SHORT`);
 *   4. the voxels, x fastest, little-endian.
 */
export function voxelDigest(volume: Volume): string {
  const { size, spacingMm, originLpsMm, direction } = volume.grid;
  const hash = createHash('sha256');
  hash.update(`${canonicalJson({ size, spacingMm, originLpsMm, direction })}\n${volume.element}`);
  return hash.update(littleEndian(volume)).digest('hex');
}

/**
 * Takes a volume of whole numbers 0–255 as a label mask (MET_SHORT), whatever its element type.
 * An int16 volume keeps its array. Throws InvalidInputError at the first voxel that is no such number.
 */
export function asMask(volume: Volume, name: string): Mask {
  const { voxels } = volume;
  if (voxels instanceof Int16Array && areLabels(voxels)) return { grid: volume.grid, element: 'SHORT', voxels };
  const labels = voxels instanceof Int16Array ? voxels : new Int16Array(voxels.length);
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i]!;
    if (!(value >= 0 && value <= 255 && Number.isInteger(value))) {
      throw new InvalidInputError(name, 'voxels', 'labels: whole numbers from 0 to 255', `${value} at voxel ${i}`);
    }
    labels[i] = value;
  }
  return { grid: volume.grid, element: 'SHORT', voxels: labels };
}

/** Whether all are within 0–255. */
function areLabels(voxels: Int16Array): boolean {
  const runs = occupiedRuns(voxels);
  let bits = 0;
  for (let run = 0; run < runs.length; run += 2) {
    for (let at = runs[run]!; at < runs[run + 1]!; at++) bits |= voxels[at]!;
  }
  return (bits & ~0xff) === 0;
}

/** The bytes in a buffer that starts with them and holds little else, so that a typed array can lie over it. Copies when it must. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = bytes.byteOffset === 0 && bytes.buffer.byteLength - bytes.byteLength <= SPARE_BYTES;
  return whole && bytes instanceof Buffer && bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, 0, bytes.byteLength)
    : new Uint8Array(bytes);
}

/** The voxels' bytes, little-endian. Throws InvalidInputError when the array's type or length is not what element and grid say. */
export function littleEndian(volume: Volume): Uint8Array {
  const { voxels, element, grid } = volume;
  if (!(voxels instanceof ARRAYS[element])) {
    throw new InvalidInputError('volume', 'voxels', `${ARRAYS[element].name} for ${element}`, voxels.constructor.name);
  }
  if (voxels.length !== voxelCount(grid)) {
    throw new InvalidInputError('volume', 'voxels', `${voxelCount(grid)} as the grid says`, `${voxels.length}`);
  }
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  if (!machineIsBigEndian()) return bytes;
  const copy = new Uint8Array(bytes);
  swapBytes(copy, ELEMENT_BYTES[element]);
  return copy;
}

function machineIsBigEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;
}

function swapBytes(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** Throws InvalidInputError at the first voxel that is NaN or infinite. */
export function refuseNonFinite(voxels: Voxels, name: string): void {
  if (!(voxels instanceof Float32Array || voxels instanceof Float64Array)) return;
  const at = voxels.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new InvalidInputError(name, 'voxels', 'finite numbers', `${voxels[at]} at voxel ${at}`);
}
