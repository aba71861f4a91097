import type { Vec3 } from '../../core/geometry.ts';
import type { Network } from './network.ts';
import type { TraversalOptions } from './options.ts';
import { patchAround, patchCentre } from './patch.ts';
import { cornerSweep, searchCentres } from './search.ts';
import type { Sighting } from './sighting.ts';
import { regionBox } from './structure.ts';
import { TrailLimit, Walk, type Finding, type TrailEnd, type TraversalHooks, type TraversalStep } from './walk.ts';
import type { WorkingImage } from './working-grid.ts';

/** What a traversal found, lowest vertebra first. */
export interface Trail {
  findings: Finding[];
  /** Canal probabilities on the whole working grid, x fastest. */
  canal: Float32Array;
  steps: TraversalStep[];
  passes: number;
  end: TrailEnd;
  /** What the looks beyond the topmost vertebra half saw of a further one, mm³: probabilities summed. */
  leftoverMm3: number;
}

/**
 * The iterative instance segmentation of Lessmann et al. (2019), as van der Graaf et al. (2023) have it:
 *   1. the patch searches from the feet up until it sees enough vertebra;
 *   2. it moves to the centre of the vertebra's bounding box until it (nearly) stays; past `maxMoves` it goes halfway, once;
 *   3. the vertebra and its disc are accepted, and enter the memory that the network is shown; the canal is taken along;
 *   4. the same patch, seen with the new memory, shows the next vertebra: go on at 2 (with `foresight` the patch goes first to where the
 *      next should be; where it is nearly centred, 2 is done);
 *   5. it ends when too little new vertebra is seen (after `liftRetries` looks further up), or at a limit of vertebrae, passes or
 *      seconds. So it always ends; every centre of the search is visited at most once.
 * Then `lookBelow` looks for a skipped vertebra under the first. A volume without a spine gives no findings.
 * Rejects with the signal's reason when aborted, between two passes.
 */
export async function traverse(
  image: WorkingImage,
  network: Network,
  options: TraversalOptions,
  hooks: TraversalHooks = {},
): Promise<Trail> {
  const { size } = image.grid;
  const inOrder = options.search === 'corner-sweep' ? cornerSweep : searchCentres;
  const centres = inOrder(size, network.spec.patch);
  const walk = new Walk(image, network, options, hooks, centres.length);
  let end: TrailEnd;
  try {
    end = await climb(walk, centres);
    if (options.lookBelow && walk.findings.length > 0) await descend(walk);
  } catch (error) {
    if (!(error instanceof TrailLimit)) throw error;
    end = error.end;
  }
  const findings = [...walk.findings].sort((a, b) => a.centre[2] - b.centre[2]);
  const { memory, steps, passes, leftoverMm3 } = walk;
  return { findings, canal: memory.canal, steps, passes, end, leftoverMm3 };
}

async function climb(walk: Walk, centres: Vec3[]): Promise<TrailEnd> {
  if (!(await findFirst(walk, centres))) return 'end-of-scan';
  while (walk.findings.length < walk.options.maxVertebrae) {
    const sighting = await findNext(walk);
    const settled = sighting && (await settle(walk, sighting, walk.options.minContinueMm3));
    if (!settled) return 'lost-trail';
    await walk.accept(settled);
  }
  return 'max-vertebrae';
}

/** Steps 1 to 3 for the first vertebra. A sighting that vanishes on approach doesn't end the search. */
async function findFirst(walk: Walk, centres: Vec3[]): Promise<boolean> {
  for (const centre of centres) {
    const sighting = await walk.look(centre);
    if (sighting.volumeMm3 < walk.options.minStartMm3) {
      walk.record('search', sighting);
      continue;
    }
    const settled = await settle(walk, sighting, walk.options.minStartMm3);
    if (!settled) continue;
    await walk.accept(settled);
    return true;
  }
  return false;
}

/** The next vertebra, from where it should be, from where the last was accepted, or from one or more pitches higher. */
async function findNext(walk: Walk): Promise<Sighting | undefined> {
  const { foresight, liftRetries, minContinueMm3 } = walk.options;
  const pitch = walk.pitch('top');
  const last = walk.findings.at(-1)!;
  const lifted = Array.from({ length: liftRetries }, (_, lift) => shifted(last.centre, pitch, lift + 1));
  const same = patchCentre(last.patch);
  const places = foresight ? [shifted(last.centre, pitch, 1), same, ...lifted.slice(1)] : [same, ...lifted];
  for (const place of places) {
    const sighting = await walk.look(place);
    if (sighting.volumeMm3 >= minContinueMm3) return sighting;
    walk.leftoverMm3 = Math.max(walk.leftoverMm3, sighting.softMm3);
    walk.record('lost', sighting);
  }
  return undefined;
}

/** Looks a pitch below the lowest vertebra without memory, as at the start of a trail: what is new and lower was skipped. */
async function descend(walk: Walk): Promise<void> {
  while (walk.findings.length < walk.options.maxVertebrae) {
    const lowest = walk.findings.reduce((low, each) => (each.centre[2] < low.centre[2] ? each : low));
    const below = shifted(lowest.centre, walk.pitch('bottom'), -1);
    if (below[2] < 0) return;
    walk.showMemory = false;
    const sighting = await walk.look(below);
    if (sighting.volumeMm3 < walk.options.minStartMm3) return walk.record('search', sighting);
    const settled = await settle(walk, sighting, walk.options.minStartMm3);
    if (!settled) return;
    if (settled.centre[2] >= lowest.centre[2]) return walk.record('lost', settled);
    await walk.accept(settled);
  }
}

/** Step 2. `undefined` when less than `minMm3` is left to see on the way. */
async function settle(walk: Walk, first: Sighting, minMm3: number): Promise<Sighting | undefined> {
  const { maxMoves, convergedVoxels, arrivedShare } = walk.options;
  let here = first;
  for (let moves = 0; ; moves++) {
    if (here.volumeMm3 < minMm3) {
      walk.record('lost', here);
      return undefined;
    }
    const from = patchCentre(here.patch);
    const to = patchCentre(patchAround(here.centre, here.patch.size, walk.gridSize));
    const distance = Math.max(...to.map((at, axis) => Math.abs(at - from[axis]!)));
    const near = to.every((at, axis) => Math.abs(at - from[axis]!) <= arrivedShare * here.patch.size[axis]!);
    // The published traversal always makes one move, if only by nothing; the same patch again would show the same.
    if (distance === 0 || (moves > 0 && distance <= convergedVoxels) || moves > maxMoves) return here;
    if (near && !touchesSide(here, walk.gridSize)) return here;
    walk.record('move', here);
    here = await walk.look(moves === maxMoves ? halfway(from, to) : to);
  }
}

/** Whether the vertebra may go on beyond its patch: it has voxels at a side of the patch that is not one of the volume. */
function touchesSide({ vertebra, patch }: Sighting, gridSize: Vec3): boolean {
  const box = regionBox(vertebra.mask, patch.size);
  if (!box) return false;
  return patch.size.some((size, axis) => {
    const [first, end] = [patch.corner[axis]!, patch.corner[axis]! + size];
    return (box.low[axis] === 0 && first > 0) || (box.high[axis] === size - 1 && end < gridSize[axis]!);
  });
}

function shifted(centre: Vec3, pitch: Vec3, times: number): Vec3 {
  return [centre[0] + times * pitch[0], centre[1] + times * pitch[1], centre[2] + times * pitch[2]];
}

function halfway(a: Vec3, b: Vec3): Vec3 {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}
