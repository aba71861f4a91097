import { Context } from '@temporalio/activity';
import type { ServedNetwork } from '../adapters/segmenter/load-model.ts';
import { segment, type SegmentOptions } from '../adapters/segmenter/segment.ts';
import type { StoredVolume } from '../core/catalog.ts';
import { voxelCount } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { ModelFiles } from '../core/plans.ts';
import type { Proposal } from '../core/segmentation.ts';
import type { Mask, Volume } from '../core/volume.ts';
import type { StoreDeps } from './dataset.ts';
import { readVolume, storeVolume } from './ingest.ts';
import { NetworkCache } from './network-cache.ts';

export interface SegmentDeps extends StoreDeps {
  /** Threads of one network run; 2 by default. */
  threads?: number;
  traversal?: Omit<SegmentOptions, 'signal' | 'name'>;
}

/** Running a network over a volume. */
export function createSegmentActivities(deps: SegmentDeps) {
  const networks = new NetworkCache(deps);
  return {
    /**
     * Proposes a mask. Heartbeats per pass of the network; cancelled between two. An image that no network can work on (too
     * thin, say) gets an empty proposal with doubt 1 and the reason as a gate: a person then draws from nothing.
     */
    async segmentVolume(input: { image: StoredVolume; model: ModelFiles }): Promise<Proposal> {
      const context = Context.current();
      const volume = await readVolume(deps, input.image, 'image');
      const network = await networks.get(input.model);
      let passes = 0;
      const beat = setInterval(() => context.heartbeat({ passes }), HEARTBEAT_MS);
      try {
        return await propose(deps, volume, network, input.model.model, context.cancellationSignal, () => {
          context.heartbeat({ passes: ++passes });
        });
      } finally {
        clearInterval(beat);
        networks.release(input.model);
      }
    },
  };
}

const HEARTBEAT_MS = 5_000;

async function propose(
  deps: SegmentDeps,
  volume: Volume,
  network: ServedNetwork,
  modelDigest: string,
  signal: AbortSignal,
  onStep: () => void,
): Promise<Proposal> {
  try {
    const found = await segment(volume, network, { ...deps.traversal, signal }, onStep);
    const { doubt, structures, passes, seconds } = found;
    return { mask: await storeVolume(deps, found.mask), modelDigest, doubt, structures, gates: [], passes, seconds };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.object !== 'image') throw error;
    const empty: Mask = { grid: volume.grid, element: 'SHORT', voxels: new Int16Array(voxelCount(volume.grid)) };
    const { expected, got } = error;
    return {
      mask: await storeVolume(deps, empty),
      modelDigest,
      doubt: 1,
      structures: [],
      gates: [{ gate: 'segmentable', severity: 'flag', passed: false, measured: got, expected, labels: [] }],
      passes: 0,
      seconds: 0,
    };
  }
}
