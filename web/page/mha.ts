import { voxelCount, type Grid } from '../../core/geometry.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { completeLabel } from '../../core/labels.ts';
import { ELEMENT_BYTES, formatMhaHeader, parseMhaHeader } from '../../core/mha.ts';
import type { ElementType, Volume, Voxels } from '../../core/volume.ts';

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
 * Reads an MHA file with what a browser has: the strict header parser and DecompressionStream.
 * Throws InvalidInputError for a wrong header and for voxels that are not exactly as many as it says. Little-endian only, as
 * Spindle writes.
 */
export async function decodeVolume(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Volume> {
  const header = parseMhaHeader(bytes, name);
  if (header.bigEndian) throw new InvalidInputError(name, 'BinaryDataByteOrderMSB', 'False', 'True');
  const data = bytes.subarray(header.dataOffset);
  const byteCount = voxelCount(header.grid) * ELEMENT_BYTES[header.element];
  const raw = header.compressed ? await inflated(data, byteCount, name) : data.slice();
  const voxels: Voxels = new ARRAYS[header.element](raw.buffer);
  return { grid: header.grid, element: header.element, voxels };
}

/** The labels of a decoded mask as 0–255. Throws InvalidInputError for anything else. */
export function labelsOf(volume: Volume, name: string): Uint8Array {
  const { voxels } = volume;
  const labels = new Uint8Array(voxels.length);
  for (let at = 0; at < voxels.length; at++) {
    const value = voxels[at]!;
    labels[at] = value;
    if (labels[at] !== value) throw new InvalidInputError(name, 'voxels', 'labels from 0 to 255', `${value}`);
  }
  return labels;
}

/**
 * Writes a correction as an MHA file on the proposal's own grid (MET_SHORT, zlib). `labels` are in the file's voxel order.
 * A vertebra partly in view (101–125) becomes its plain label: in a reference the manifest lists it as incomplete instead.
 */
export async function encodeCorrection(grid: Grid, labels: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const complete = Uint8Array.from({ length: 256 }, (_, label) => completeLabel(label));
  return encodeMask(
    grid,
    labels.map((label) => complete[label]!),
  );
}

/** Writes labels (file order) as an MHA file as they are: MET_SHORT, zlib. */
export async function encodeMask(grid: Grid, labels: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (labels.length !== voxelCount(grid)) {
    throw new InvalidInputError('correction', 'voxels', `${voxelCount(grid)} as the grid says`, `${labels.length}`);
  }
  const voxels = Int16Array.from(labels);
  const stream = new Blob([voxels]).stream().pipeThrough(new CompressionStream('deflate'));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  const header = new TextEncoder().encode(formatMhaHeader(grid, 'SHORT', data.length));
  const file = new Uint8Array(header.length + data.length);
  file.set(header);
  file.set(data, header.length);
  return file;
}

/** Stops as soon as more comes out than the header promised, so that a small file can't fill the memory. */
async function inflated(
  data: Uint8Array<ArrayBuffer>,
  byteCount: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (got: string) =>
    new InvalidInputError(name, 'voxels', `a zlib stream of exactly ${byteCount} bytes`, got);
  const raw = new Uint8Array(byteCount);
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let at = 0;
  while (true) {
    const { done, value } = await reader.read().catch(() => Promise.reject(refuse('a broken stream')));
    if (done) break;
    if (at + value.length > byteCount) {
      await reader.cancel();
      throw refuse('more');
    }
    raw.set(value, at);
    at += value.length;
  }
  if (at !== byteCount) throw refuse(`${at} bytes`);
  return raw;
}
