import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMha } from '../../adapters/volume.ts';
import { borderVoxels } from '../../core/border-voxels.ts';
import { connectedComponents } from '../../core/components.ts';
import { squaredDistances } from '../../core/distance-transform.ts';
import { valueOf } from '../../core/measure.ts';
import { compareMasks } from '../../core/scores.ts';
import type { SurfaceDefinition } from '../../core/surface-distance.ts';
import type { Mask } from '../../core/volume.ts';
import { BENCH_DATA, runPeers } from '../support/python.ts';
import { printComparisons, shortestMs, type Comparison } from '../support/report.ts';
import { syntheticPair } from './synthetic-spine.ts';

interface PeerFigures {
  seconds: Record<string, number>;
  values: Record<'surfels' | 'medpy', Record<string, number>>;
  structures: number;
}

type Size = [number, number, number];

/** The spider evaluation, components and the distance transform against their peers, each on one core. */
export async function run(): Promise<void> {
  const { reference, prediction } = syntheticPair();
  const crop = cropOf(reference);
  mkdirSync(BENCH_DATA, { recursive: true });
  const files = ['reference.mha', 'prediction.mha', 'crop.mha'].map((name) => join(BENCH_DATA, name));
  for (const [at, volume] of [reference, prediction, crop.volume].entries()) {
    writeFileSync(files[at]!, await encodeMha(volume));
  }
  const evaluate = (surface: SurfaceDefinition) => compareMasks(reference, prediction, { surface });
  const own = {
    authors: shortestMs(4, () => evaluate('authors')),
    surfels: shortestMs(3, () => evaluate('surfels')),
    medpy: shortestMs(3, () => evaluate('medpy')),
    components6: shortestMs(6, () => connectedComponents(crop.voxels, crop.size, 6)),
    components26: shortestMs(6, () => connectedComponents(crop.voxels, crop.size, 26)),
    edt: shortestMs(6, () => squaredDistances(crop.border, crop.size, crop.volume.grid.spacingMm)),
  };
  console.log('\nthe peers take some minutes');
  const peers = runPeers<PeerFigures>('imaging/metrics_peers.py', files);
  const part = crop.size.join('×');
  const pair = `evaluation, ${reference.grid.size.join('×')}, ${peers.structures} structures`;
  const row = (what: string, peer: string, name: string, ownMs: number, target: number): Comparison => ({
    what,
    peer,
    peerMs: peers.seconds[name]! * 1000,
    ownMs,
    target,
  });
  printComparisons('Metrics, one core, masks in memory', [
    row(pair, 'surface-distance', 'surface_distance', own.authors, 5),
    row('the same surface: surfels', 'surface-distance', 'surface_distance', own.surfels, 5),
    row(pair, 'MedPy (from 2 structures)', 'medpy', own.authors, 3),
    row('the same surface: medpy', 'MedPy, cropped to boxes for it', 'medpy_boxes', own.medpy, 3),
    row(`components, 6, ${part}`, 'scipy.ndimage.label', 'scipy_label_6', own.components6, 0.5),
    row(`components, 26, ${part}`, 'scipy.ndimage.label', 'scipy_label_26', own.components26, 0.5),
    row(`components, 6, ${part}`, 'ITK ConnectedComponent', 'itk_components_6', own.components6, 0.5),
    row(`components, 26, ${part}`, 'ITK ConnectedComponent', 'itk_components_26', own.components26, 0.5),
    row(`distance transform, ${part}`, 'scipy distance_transform_edt', 'scipy_edt', own.edt, 0.5),
    row(`distance transform, ${part}`, 'ITK SignedMaurer', 'itk_maurer', own.edt, 0.5),
  ]);
  printAgreement(reference, prediction, peers);
  printMemory(reference, files);
}

/** The largest difference of any structure between a peer's distance and ours by the same definition. */
function printAgreement(reference: Mask, prediction: Mask, peers: PeerFigures): void {
  for (const surface of ['surfels', 'medpy'] as const) {
    const differences = compareMasks(reference, prediction, { surface }).map(({ label, asdMm }) =>
      Math.abs(valueOf(asdMm)! - peers.values[surface][label]!),
    );
    console.log(`${surface}: distances differ by at most ${Math.max(...differences).toExponential(1)} mm`);
  }
}

function printMemory(reference: Mask, [referenceFile, predictionFile]: readonly string[]): void {
  const script = join(import.meta.dirname, 'evaluation-memory.ts');
  const command = ['--import', 'tsx', script, referenceFile!, predictionFile!];
  const { beforeKb, peakKb } = JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })) as Record<
    'beforeKb' | 'peakKb',
    number
  >;
  const volumeMb = (reference.voxels.length * 2) / 2 ** 20;
  const peakMb = (peakKb - beforeKb) / 1024;
  const times = peakMb / volumeMb;
  console.log(
    `memory: reading and evaluating takes ${peakMb.toFixed(0)} MB above the bare process at its peak, ` +
      `${times.toFixed(1)} × one volume of ${volumeMb.toFixed(0)} MB; target ≤ 4 ${times <= 4 ? 'met' : 'NOT MET'}`,
  );
}

/** The lower half of the spine, and its border, as bytes. */
function cropOf(mask: Mask): { volume: Mask; voxels: Uint8Array; border: Uint8Array; size: Size } {
  const size: Size = [300, 256, 110];
  const voxels = new Uint8Array(size[0] * size[1] * size[2]);
  const [nx, ny] = mask.grid.size;
  for (let z = 0, to = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, to++) {
        if (mask.voxels[150 + x + nx * (y + 256 + ny * (z + 20))] !== 0) voxels[to] = 1;
      }
    }
  }
  const volume: Mask = { grid: { ...mask.grid, size }, element: 'SHORT', voxels: Int16Array.from(voxels) };
  return { volume, voxels, border: borderVoxels(voxels, size, 26), size };
}
