import { CANAL } from '../../core/labels.ts';
import type { StructureDoubt } from '../../core/review.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import { mainComponents } from './components.ts';
import { isComplete, seriesDoubt, structureDoubts } from './doubt.ts';
import { isSemantic, type ServedNetwork } from './load-model.ts';
import { DEFAULT_TRAVERSAL, type TraversalOptions } from './options.ts';
import { segmentSemantic, type WindowStep } from './semantic-segment.ts';
import { continuedSlab } from './slab.ts';
import { cutStructure, type StructureProbabilities } from './structure.ts';
import { traverse } from './traversal.ts';
import type { TrailEnd, TraversalStep } from './walk.ts';
import { toWorkingGrid } from './working-grid.ts';
import { writeBack } from './write-back.ts';

/** What segmenting one volume gives. */
export interface Segmentation {
  /** On exactly the image's grid: vertebrae 1–25 (101–125 partly in view) from the lowest, discs 201–225, canal 100. */
  mask: Mask;
  /** Lowest first, canal last; empty when nothing was found. */
  structures: StructureDoubt[];
  /** Of the whole series: 0 (certain) to 1. */
  doubt: number;
  /** One record per pass of the network, in order. */
  trace: SegmentStep[];
  end: TrailEnd;
  passes: number;
  seconds: number;
}

/** A pass of an IIS network, or a window of a semantic one. */
export type SegmentStep = TraversalStep | WindowStep;

export interface SegmentOptions extends Partial<TraversalOptions> {
  /** Aborts between two passes: `segment` rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Stands in errors for the image; `image` by default. */
  name?: string;
}

/** Components of the canal smaller than this share of the largest are dropped. */
const CANAL_MIN_SHARE = 0.2;
const MAX_LABEL = 255;

/**
 * Segments vertebrae, discs and canal of a volume, by the kind of the network: working grid, traversal, write-back for IIS; windows
 * for a semantic one, which heeds only `maxPasses`, `maxSeconds` and `mirror` of the options. The event loop is free while the network
 * runs. A volume without a spine gives an empty mask with doubt 1. Throws InvalidInputError for an image that toWorkingGrid
 * refuses.
 */
export async function segment(
  volume: Volume,
  network: ServedNetwork,
  options: SegmentOptions = {},
  onStep?: (step: SegmentStep) => void,
): Promise<Segmentation> {
  options.signal?.throwIfAborted();
  if (isSemantic(network)) return segmentSemantic(volume, network, options, onStep);
  const start = performance.now();
  const { signal, name, ...changed } = options;
  const image = toWorkingGrid(continuedSlab(volume), network.spec, name);
  const trail = await traverse(image, network, { ...DEFAULT_TRAVERSAL, ...changed }, { signal, onStep });

  const { findings } = trail;
  const { appearance } = network;
  const labels = findings.map((finding, at) => (isComplete(finding) ? 0 : 100) + at + 1);
  const canal = canalOf(trail.canal, image.grid.size);
  const mask = writeBack(
    [
      ...findings.map(({ vertebra }, at) => ({ label: labels[at]!, structure: vertebra })),
      ...findings.flatMap(({ disc }, at) => (disc ? [{ label: 201 + at, structure: disc }] : [])),
      ...(canal ? [{ label: CANAL, structure: canal }] : []),
    ],
    volume.grid,
    image.grid,
  );
  const written = voxelsPerLabel(mask);
  const structures = structureDoubts({
    findings,
    labels,
    canal,
    leftoverMm3: trail.leftoverMm3,
    written,
    seen: appearance && { image, appearance, outsideValue: network.spec.outsideValue },
  });
  return {
    mask,
    structures,
    doubt: seriesDoubt(structures),
    trace: trail.steps,
    end: trail.end,
    passes: trail.passes,
    seconds: (performance.now() - start) / 1000,
  };
}

function canalOf(probabilities: Float32Array, size: [number, number, number]): StructureProbabilities | undefined {
  const mask = new Uint8Array(probabilities.length);
  for (let at = 0; at < mask.length; at++) if (probabilities[at]! > 0.5) mask[at] = 1;
  const whole = { corner: [0, 0, 0], size } as const;
  return cutStructure(probabilities, 0, whole, mainComponents(mask, size, CANAL_MIN_SHARE), size);
}

function voxelsPerLabel({ voxels }: Mask): Map<number, number> {
  const counts = new Uint32Array(MAX_LABEL + 1);
  for (const label of voxels) counts[label]!++;
  return new Map([...counts.entries()].filter(([label, count]) => label !== 0 && count > 0));
}
