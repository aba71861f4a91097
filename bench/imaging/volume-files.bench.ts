import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMhaFile } from '../../adapters/mha-file.ts';
import { encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { BENCH_DATA, runPeers } from '../support/python.ts';
import { printComparisons, shortestAsyncMs, type Comparison } from '../support/report.ts';
import { syntheticImage } from './synthetic-image.ts';

/** Seconds, and the bytes of what was written, by file. */
type PeerFigures = Record<string, { read: number; write: number; bytes: number }>;

const RUNS = 7;
const SIZES: [number, number, number][] = [
  [512, 512, 20],
  [320, 320, 150],
];

/** Reading and writing compressed int16 MHA files against SimpleITK and itk-wasm, each on the same files in memory's cache. */
export async function run(): Promise<void> {
  mkdirSync(BENCH_DATA, { recursive: true });
  const own = new Map<string, { read: number; write: number }>();
  for (const size of SIZES) {
    const file = join(BENCH_DATA, `image-${size.join('x')}.mha`);
    const image = syntheticImage(size);
    const write = await shortestAsyncMs(RUNS, async () => writeFile(file, await encodeMha(image)));
    const read = await shortestAsyncMs(RUNS, () => readMhaFile(file, 'image'));
    const { volume } = await readMhaFile(file, 'image');
    if (voxelDigest(volume) !== voxelDigest(image)) throw new Error(`${file} reads back as another volume`);
    own.set(file, { read, write });
  }
  const files = [...own.keys()];
  const simpleItk = runPeers<PeerFigures>('imaging/volume_peers.py', [`${RUNS}`, ...files]);
  const itkWasm = runItkWasm(files);
  const comparisons = files.flatMap((file, at) =>
    (['read', 'write'] as const).flatMap((what): Comparison[] => {
      const row = (peer: string, figures: PeerFigures, target: number): Comparison => ({
        what: `${what}, ${[...SIZES[at]!].reverse().join('×')} int16`,
        peer,
        peerMs: figures[file]![what] * 1000,
        ownMs: own.get(file)![what],
        target,
      });
      return [row('SimpleITK', simpleItk, 1), row('itk-wasm', itkWasm, 2)];
    }),
  );
  printComparisons('Compressed MHA files', comparisons);
  for (const file of files) {
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
    const [ours, theirs] = [statSync(file).size, simpleItk[file]!.bytes];
    console.log(`${file.split('/').at(-1)}: ${megabytes(ours)} MB; written by SimpleITK ${megabytes(theirs)} MB`);
  }
}

function runItkWasm(files: readonly string[]): PeerFigures {
  const script = join(import.meta.dirname, 'itk-wasm-files.mjs');
  const text = execFileSync(process.execPath, [script, `${RUNS}`, ...files], { encoding: 'utf8' });
  return JSON.parse(text) as PeerFigures;
}
