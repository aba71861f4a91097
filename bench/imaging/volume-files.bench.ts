import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readMhaFile } from '../../adapters/mha-file.ts';
import { encodeMha, voxelDigest } from '../../adapters/volume.ts';
import type { Volume } from '../../core/volume.ts';
import { BENCH_DATA, runPeers } from '../support/python.ts';
import { printComparisons, shortestAsyncMs, type Comparison } from '../support/report.ts';
import { syntheticImage } from './synthetic-image.ts';

/** Seconds to read Spindle's file, to read SimpleITK's and to write one, and the bytes of what was written; by Spindle's file. */
type Figures = Record<string, { read: number; readOther: number; write: number; bytes: number }>;

const TIMED = { read: 'read', readOther: 'read, written by SimpleITK', write: 'write' } as const;

const RUNS = 7;
/** Each takes its turn so often, so that a busy moment of the machine doesn't fall on one alone. */
const ROUNDS = 3;
const SIZES: [number, number, number][] = [
  [512, 512, 20],
  [320, 320, 150],
];

/** Reading and writing compressed int16 MHA files against SimpleITK and itk-wasm, each on the same files in the system's cache. */
export async function run(): Promise<void> {
  mkdirSync(BENCH_DATA, { recursive: true });
  const images = new Map(SIZES.map((size) => [join(BENCH_DATA, `image-${size.join('x')}.mha`), syntheticImage(size)]));
  const files = [...images.keys()];
  const turns = { own: [] as Figures[], simpleItk: [] as Figures[], itkWasm: [] as Figures[] };
  for (const [file, image] of images) await writeFile(file, await encodeMha(image));
  for (let round = 0; round < ROUNDS; round++) {
    turns.simpleItk.push(runPeers<Figures>('imaging/volume_peers.py', [`${RUNS}`, ...files]));
    turns.own.push(await ownFigures(images));
    turns.itkWasm.push(runItkWasm(files));
  }
  const shortest = (of: readonly Figures[], file: string, what: keyof typeof TIMED): number =>
    1000 * Math.min(...of.map((figures) => figures[file]![what]));
  const comparisons = files.flatMap((file, at) =>
    (Object.keys(TIMED) as (keyof typeof TIMED)[]).flatMap((what): Comparison[] => {
      const row = (peer: string, of: readonly Figures[], target: number): Comparison => ({
        what: `${TIMED[what]}, ${[...SIZES[at]!].reverse().join('×')} int16`,
        peer,
        peerMs: shortest(of, file, what),
        ownMs: shortest(turns.own, file, what),
        target,
      });
      return [row('SimpleITK', turns.simpleItk, 1), row('itk-wasm', turns.itkWasm, 2)];
    }),
  );
  printComparisons('Compressed MHA files', comparisons);
  for (const file of files) {
    const [own, peer] = [turns.own, turns.simpleItk].map(([first]) => (first![file]!.bytes / 1e6).toFixed(2));
    console.log(`${basename(file)}: ${own} MB; written by SimpleITK ${peer} MB`);
  }
}

async function ownFigures(images: ReadonlyMap<string, Volume>): Promise<Figures> {
  const figures: Figures = {};
  for (const [file, image] of images) {
    const write = (await shortestAsyncMs(RUNS, async () => writeFile(file, await encodeMha(image)))) / 1000;
    const read = (await shortestAsyncMs(RUNS, () => readMhaFile(file, 'image'))) / 1000;
    const other = `${file}.simpleitk.mha`;
    const readOther = (await shortestAsyncMs(RUNS, () => readMhaFile(other, 'image'))) / 1000;
    for (const path of [file, other]) {
      const { volume } = await readMhaFile(path, 'image');
      if (voxelDigest(volume) !== voxelDigest(image)) throw new Error(`${path} reads back as another volume`);
    }
    figures[file] = { read, readOther, write, bytes: statSync(file).size };
  }
  return figures;
}

function runItkWasm(files: readonly string[]): Figures {
  const script = join(import.meta.dirname, 'itk-wasm-files.mjs');
  const text = execFileSync(process.execPath, [script, `${RUNS}`, ...files], { encoding: 'utf8' });
  return JSON.parse(text) as Figures;
}
