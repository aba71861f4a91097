import { indexToLps, type Vec3 } from '../../core/geometry.ts';
import { isVertebra } from '../../core/labels.ts';
import { inverse, permute, permutationTo } from '../../core/reorient.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import { seriesDoubt } from './doubt.ts';
import type { Segmentation, SegmentOptions } from './segment.ts';
import { toClasses } from './semantic-classes.ts';
import { semanticDoubts } from './semantic-doubt.ts';
import { toSemanticImage, type SemanticImage } from './semantic-image.ts';
import { instancesOf } from './semantic-instances.ts';
import type { SemanticNetwork } from './semantic-network.ts';
import { runWindows } from './semantic-windows.ts';

/** One window of a semantic network, as plain JSON. */
export interface WindowStep {
  /** How many passes of the network there have been, mirrored ones included. */
  pass: number;
  kind: 'window';
  /** Centre of the window in LPS, mm, to a tenth. */
  centreLpsMm: [number, number, number];
  /** Windows in all. */
  of: number;
}

/** Without a limit of its own a volume may take this long, as a traversal may. */
const DEFAULT_MAX_SECONDS = 900;

/**
 * Segments a volume with a semantic network: windows over the whole image, then structures told apart (`instancesOf`). A vertebra
 * that reaches the lowest or highest slice of the image is only partly in view. See `segment` for what comes back and what is thrown.
 */
export async function segmentSemantic(
  volume: Volume,
  network: SemanticNetwork,
  options: SegmentOptions = {},
  onStep?: (step: WindowStep) => void,
): Promise<Segmentation> {
  const start = performance.now();
  const image = toSemanticImage(volume, network.spec, options.name);
  const trace: WindowStep[] = [];
  let windows = 0;
  const perWindow = options.mirror ? 2 ** network.spec.mirrorAxes.length : 1;
  const result = await runWindows(image.block, network, {
    maxPasses: options.maxPasses ?? null,
    maxSeconds: options.maxSeconds ?? DEFAULT_MAX_SECONDS,
    mirror: options.mirror ?? false,
    signal: options.signal,
    onWindow: (corner, total) => {
      windows++;
      const centreLpsMm = centreOf(image, corner, network.spec.patch);
      trace.push({ pass: windows * perWindow, kind: 'window', centreLpsMm, of: total });
      onStep?.(trace.at(-1)!);
    },
  });
  const { classes, probability } = toClasses(result, image);
  const turned = instancesOf(classes, image.grid);
  markPartial(turned, image);
  const structures = semanticDoubts(turned.voxels, probability);
  const back = permute(turned, inverse(permutationTo(volume.grid, 'LPS')));
  return {
    mask: { ...back, grid: volume.grid },
    structures,
    doubt: seriesDoubt(structures),
    trace,
    end: result.end,
    passes: result.passes,
    seconds: (performance.now() - start) / 1000,
  };
}

function centreOf({ grid, crop, block }: SemanticImage, corner: Vec3, patch: Vec3): [number, number, number] {
  const along = (axis: 0 | 1 | 2): number => {
    const before = Math.floor(Math.max(patch[axis] - block.size[axis], 0) / 2); // padding
    const middle = corner[axis] - before + patch[axis] / 2;
    return crop.corner[axis] + (middle * crop.size[axis]) / block.size[axis] - 0.5;
  };
  const [x, y, z] = indexToLps(grid, [along(0), along(1), along(2)]);
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10, Math.round(z * 10) / 10];
}

/** 1–25 becomes 101–125 for a vertebra with a voxel in the first or last slice, feet to head, that isn't 0 all over. */
function markPartial({ voxels }: Mask, { grid, crop }: SemanticImage): void {
  const plane = grid.size[0] * grid.size[1];
  const cut = new Set<number>();
  for (const z of [crop.corner[2], crop.corner[2] + crop.size[2] - 1]) {
    for (let at = z * plane; at < (z + 1) * plane; at++) if (isVertebra(voxels[at]!)) cut.add(voxels[at]!);
  }
  if (cut.size === 0) return;
  for (let at = 0; at < voxels.length; at++) if (cut.has(voxels[at]!)) voxels[at]! += 100;
}
