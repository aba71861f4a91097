/** First bytes by which other kinds of file are known, and where they stand. */
const SIGNATURES: readonly { kind: string; at: number; bytes: readonly number[] }[] = [
  { kind: 'a gzip stream', at: 0, bytes: [0x1f, 0x8b] },
  { kind: 'a zip archive', at: 0, bytes: [0x50, 0x4b, 3, 4] },
  { kind: 'an NRRD file', at: 0, bytes: ascii('NRRD') },
  { kind: 'a NIfTI file', at: 344, bytes: ascii('n+1\0') },
  { kind: 'a NIfTI header without its voxels', at: 344, bytes: ascii('ni1\0') },
  { kind: 'a DICOM file', at: 128, bytes: ascii('DICM') },
  { kind: 'an HDF5 file', at: 0, bytes: [0x89, ...ascii('HDF')] },
  { kind: 'a PNG picture', at: 0, bytes: [0x89, ...ascii('PNG')] },
  { kind: 'a Git LFS pointer instead of the file', at: 0, bytes: ascii('version https://git-lfs') },
  { kind: 'an XML or HTML document', at: 0, bytes: ascii('<') },
  { kind: 'JSON', at: 0, bytes: ascii('{') },
  { kind: 'a UTF-8 byte order mark first', at: 0, bytes: [0xef, 0xbb, 0xbf] },
  { kind: 'UTF-16 text', at: 0, bytes: [0xff, 0xfe] },
  { kind: 'UTF-16 text', at: 0, bytes: [0xfe, 0xff] },
  { kind: 'zero bytes first', at: 0, bytes: [0, 0, 0, 0] },
];

/**
 * What a file that should begin with a text header is instead, by its first bytes, as an error may say it; undefined for none of the
 * kinds that are known here.
 */
export function foreignKind(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file';
  return SIGNATURES.find(({ at, bytes: wanted }) => wanted.every((byte, k) => bytes[at + k] === byte))?.kind;
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
