import { DEFAULT_MAX_VOXELS } from './grid-check.ts';
import { InvalidInputError } from './invalid-input.ts';
import { HeaderFields, latin1, printable } from './mha-fields.ts';

const MAX_HEADER_BYTES = 64 * 1024;

/** NRRD's names of the element types we read, by bytes a voxel. */
const TYPE_BYTES: Record<string, number> = Object.fromEntries([
  ...['signed char', 'int8', 'int8_t', 'uchar', 'unsigned char', 'uint8', 'uint8_t'].map((type) => [type, 1]),
  ...['short', 'short int', 'signed short', 'int16', 'int16_t', 'ushort', 'unsigned short', 'uint16', 'uint16_t'].map(
    (type) => [type, 2],
  ),
  ...['int', 'signed int', 'int32', 'int32_t', 'uint', 'unsigned int', 'uint32', 'uint32_t', 'float'].map((type) => [
    type,
    4,
  ]),
  ...['double', 'longlong', 'long long', 'int64', 'int64_t', 'ulonglong', 'uint64', 'uint64_t'].map((type) => [
    type,
    8,
  ]),
]) as Record<string, number>;

const SPACES = [
  'left-posterior-superior',
  'LPS',
  'right-anterior-superior',
  'RAS',
  'left-anterior-superior',
  'LAS',
] as const;

export interface NrrdHeader {
  /** A header with the fields that matter only, raw and attached: `<header><voxels>` is a whole NRRD file. */
  rawHeader: string;
  dataBytes: number;
  gzip: boolean;
  /** Where the voxels start, or the file of the same folder that holds them. */
  data: { offset: number } | { file: string };
  /** Keys of key/value pairs, and comments, that are not kept. */
  dropped: string[];
}

/**
 * Reads and checks an NRRD header: three dimensions, a whole-number or floating type, raw or gzip, an anatomical space in mm with
 * origin and three directions, at most `maxVoxels`. Directions themselves are checked once they are read.
 * Throws InvalidInputError naming `name` and the field.
 */
export function parseNrrdHeader(bytes: Uint8Array, name: string, maxVoxels = DEFAULT_MAX_VOXELS): NrrdHeader {
  const { fields, dropped, dataOffset } = nrrdLines(bytes, name);
  const field = new HeaderFields(fields, name);
  field.mustBe('dimension', ['3']);
  const type = field.get('type');
  const voxelBytes = Object.hasOwn(TYPE_BYTES, type) ? TYPE_BYTES[type]! : 0;
  if (voxelBytes === 0) field.refuse('type', 'whole or floating-point numbers', printable(type));
  const size = field.numbers('sizes', 3);
  if (!size.every((n) => Number.isSafeInteger(n) && n > 0))
    field.refuse('sizes', '3 positive integers', size.join(' '));
  const voxels = size.reduce((product, n) => product * n, 1);
  if (voxels > maxVoxels) field.refuse('sizes', `at most ${maxVoxels} voxels`, size.join(' x '));
  field.mustBe('space', SPACES);
  checkVectors(field, 'space directions', 3);
  checkVectors(field, 'space origin', 1);
  field.mayBe('space units', ['"mm" "mm" "mm"']);
  field.mustBe('encoding', ['raw', 'gzip', 'gz']);
  field.mayBe('line skip', ['0']);
  field.mayBe('byte skip', ['0']);
  if (voxelBytes > 1) field.mustBe('endian', ['little', 'big']);
  const kept = ['type', 'dimension', 'space', 'sizes', 'space directions', 'endian', 'space origin'].filter((key) =>
    field.has(key),
  );
  const lines = [...kept.map((key) => `${key}: ${field.get(key)}`), 'kinds: domain domain domain', 'encoding: raw'];
  return {
    rawHeader: `NRRD0004\n${lines.join('\n')}\n\n`,
    dataBytes: voxels * voxelBytes,
    gzip: field.get('encoding') !== 'raw',
    data: field.has('data file') ? { file: dataFile(field, bytes.length - dataOffset) } : { offset: dataOffset },
    dropped,
  };
}

/** Fields by their names in lower case, `datafile` as `data file`; each once. */
function nrrdLines(bytes: Uint8Array, name: string) {
  const fields = new Map<string, string>();
  const dropped: string[] = [];
  const start = latin1(bytes.subarray(0, MAX_HEADER_BYTES));
  if (!/^NRRD000[1-5]\r?\n/.test(start)) throw new InvalidInputError(name, 'magic', 'NRRD0001 to NRRD0005', 'another');
  let at = start.indexOf('\n') + 1;
  while (at < start.length) {
    const end = start.indexOf('\n', at);
    if (end < 0 && bytes.length > MAX_HEADER_BYTES) break;
    const line = start.slice(at, end < 0 ? undefined : end).trim();
    at = end < 0 ? start.length : end + 1;
    if (line === '') return { fields, dropped, dataOffset: at };
    if (line.startsWith('#')) continue;
    const [, key, equals, value] = /^([^:]+):(=| )\s*(.*)$/.exec(line) ?? [];
    if (key === undefined) throw new InvalidInputError(name, 'header', 'lines of "field: value"', 'another line');
    if (equals === '=') {
      dropped.push(printable(key));
      continue;
    }
    const known = key.toLowerCase() === 'datafile' ? 'data file' : key.toLowerCase();
    if (fields.has(known)) throw new InvalidInputError(name, printable(known), 'the field once', 'the field twice');
    fields.set(known, value!.trim());
  }
  // A detached header may end with its file.
  if (bytes.length <= MAX_HEADER_BYTES) return { fields, dropped, dataOffset: bytes.length };
  throw new InvalidInputError(name, 'header', 'an empty line after it', 'none in 64 KiB');
}

function checkVectors(field: HeaderFields, key: string, count: number): void {
  const text = field.get(key);
  const vectors = text.split(/(?<=\))\s+/);
  const finite = (vector: string): boolean => {
    const parts = /^\(([^()]*)\)$/.exec(vector)?.[1]?.split(',') ?? [];
    return parts.length === 3 && parts.every((part) => part.trim() !== '' && Number.isFinite(Number(part)));
  };
  if (vectors.length !== count || !vectors.every(finite)) {
    field.refuse(key, `${count} ${count === 1 ? 'vector' : 'vectors'} of 3 finite numbers`, printable(text));
  }
}

function dataFile(field: HeaderFields, bytesAfter: number): string {
  const file = field.get('data file');
  if (!/^(\.\/)?[\w][\w .()+-]*$/.test(file) || /^LIST\b/.test(file) || file.includes('%')) {
    field.refuse('data file', 'the name of one file in the same folder', printable(file));
  }
  if (bytesAfter > 0) field.refuse('data file', 'nothing after the header', `${bytesAfter} bytes`);
  return file.replace(/^\.\//, '');
}
