// npx tsx test/data/mha/make.ts: writes the files of damaged/ and whole/, and damaged.json, which says of each damaged file what the
// reader must refuse it for. What is expected is written down beside each damage, not read off the reader.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDamage } from './data-damage.ts';
import { headerDamage } from './header-damage.ts';
import { fromLines, headerLines, mha, NOT_COMPRESSED, RAW, STREAM, uncompressed } from './whole-file.ts';

export interface Damaged {
  /** Without `.mha`. */
  file: string;
  /** What it is read as; a volume unless said. */
  as?: 'volume' | 'mask';
  field: string;
  expected: string;
  got: string;
  bytes: Buffer;
}

/** Files that look like damage and are none; all hold the same voxels. */
const WHOLE: Record<string, Buffer> = {
  compressed: mha(),
  raw: uncompressed(RAW),
  'raw-big-endian': uncompressed(Buffer.from(RAW).swap16(), { BinaryDataByteOrderMSB: 'True' }),
  'windows-line-ends': fromLines(headerLines(), STREAM, '\r\n'),
  'windows-line-ends-raw': fromLines(headerLines(NOT_COMPRESSED), RAW, '\r\n'),
  'other-names': mha({
    ...{ TransformMatrix: null, Offset: null, ElementSpacing: null, BinaryDataByteOrderMSB: null },
    ...{ Orientation: '0 1 0 0 0 -1 -1 0 0', Origin: '1.5 -2 30', ElementSize: '0.5 0.25 4' },
    ElementByteOrderMSB: 'False',
  }),
  'tabs-and-blanks': fromLines(headerLines().map((line) => `\t${line.replace(' = ', '=\t ')}  `)),
  'comment-in-latin-1': mha({ Comment: 'Wirbels\xe4ule', '0008|0060': 'MR', ITK_InputFilterName: 'MetaImageIO' }),
  'single-precision-geometry': mha({ TransformMatrix: '0 1 0 0 0 -0.99999994 -1 0 2e-8' }),
};

const folder = import.meta.dirname;
const damaged = [...headerDamage(), ...dataDamage()].sort((a, b) => (`${a.file}.mha` < `${b.file}.mha` ? -1 : 1));
for (const [kind, files] of [
  ['whole', Object.entries(WHOLE)],
  ['damaged', damaged.map(({ file, bytes }) => [file, bytes] as const)],
] as const) {
  rmSync(join(folder, kind), { recursive: true, force: true });
  mkdirSync(join(folder, kind));
  for (const [file, bytes] of files) writeFileSync(join(folder, kind, `${file}.mha`), bytes);
}
const table = damaged.map(({ file, as = 'volume', field, expected, got }) =>
  JSON.stringify({ file: `${file}.mha`, as, field, expected, got }),
);
writeFileSync(join(folder, 'damaged.json'), `[\n${table.join(',\n')}\n]\n`);
