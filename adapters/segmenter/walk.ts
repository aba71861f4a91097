import { indexToLps, type Vec3 } from '../../core/geometry.ts';
import { largestComponent } from './components.ts';
import { emptyMemory, remember, uniteProbabilities, type TrailMemory } from './memory.ts';
import type { Network, NetworkOutput } from './network.ts';
import type { TraversalOptions } from './options.ts';
import { patchAround, patchCentre, patchVoxels, readPatch, type Patch } from './patch.ts';
import { judge, type Sighting } from './sighting.ts';
import { cutStructure, type StructureProbabilities } from './structure.ts';
import type { WorkingImage } from './working-grid.ts';

/** One pass of the network, as plain JSON: what it was for and what it saw. */
export interface TraversalStep {
  pass: number;
  /**
   * `search`: too little to start; `move`: on towards a vertebra; `accept`: arrived at it; `lost`: too little to go on; `mirror`: arrived,
   * and about to be shown mirrored.
   */
  kind: 'search' | 'move' | 'accept' | 'lost' | 'mirror';
  /** Centre of the patch in LPS, mm, to a tenth. */
  centreLpsMm: [number, number, number];
  /** Of the new vertebra. */
  volumeMm3: number;
  completeness: number;
}

export interface TraversalHooks {
  signal?: AbortSignal | undefined;
  onStep?: ((step: TraversalStep) => void) | undefined;
}

/** Why a traversal ended. */
export type TrailEnd = 'end-of-scan' | 'lost-trail' | 'max-vertebrae' | 'pass-limit' | 'time-limit';

/** Thrown inside a traversal when a limit is reached; what was accepted by then stays. */
export class TrailLimit extends Error {
  constructor(readonly end: 'pass-limit' | 'time-limit') {
    super(end);
  }
}

/** One accepted vertebra and what came with it. */
export interface Finding {
  patch: Patch;
  /** Centre of its bounding box, in voxels of the working grid. */
  centre: Vec3;
  vertebra: StructureProbabilities;
  /** The disc below it; `undefined` when none was seen. */
  disc: StructureProbabilities | undefined;
  completeness: number;
  volumeMm3: number;
}

/** Height of a lumbar vertebra and its disc, until two vertebrae tell the patient's own. */
const USUAL_PITCH_MM = 35;

/** The state of one traversal: where it has been, what it has accepted. */
export class Walk {
  readonly findings: Finding[] = [];
  readonly steps: TraversalStep[] = [];
  readonly memory: TrailMemory;
  readonly gridSize: Vec3;
  passes = 0;
  /** What the looks beyond the last vertebra half saw, at most; mm³. */
  leftoverMm3 = 0;
  /** Whether the network is shown the memory. Found vertebrae are kept apart by it either way. */
  showMemory = true;
  private readonly voxelMm3: number;
  private readonly maxPasses: number;
  private readonly deadline: number;

  constructor(
    private readonly image: WorkingImage,
    private readonly network: Network,
    readonly options: TraversalOptions,
    private readonly hooks: TraversalHooks,
    searchPasses: number,
  ) {
    const { size, spacingMm } = image.grid;
    this.gridSize = size;
    this.memory = emptyMemory(size);
    this.voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
    const perVertebra = options.maxMoves + 2 + options.liftRetries + (options.mirror ? 1 : 0);
    this.maxPasses = options.maxPasses ?? searchPasses + options.maxVertebrae * perVertebra;
    this.deadline = performance.now() + options.maxSeconds * 1000;
  }

  /** Runs the network around a centre (working voxels). Throws TrailLimit, or the signal's reason when aborted. */
  async look(centre: Vec3): Promise<Sighting> {
    const patch = patchAround(centre, this.network.spec.patch, this.gridSize);
    return judge(await this.run(this.inputAt(patch)), patch, this.memory, this.options, this.voxelMm3);
  }

  /** Throws TrailLimit, or the signal's reason when aborted. */
  private async run(input: Float32Array<ArrayBuffer>): Promise<NetworkOutput> {
    this.hooks.signal?.throwIfAborted();
    if (this.passes >= this.maxPasses) throw new TrailLimit('pass-limit');
    if (performance.now() > this.deadline) throw new TrailLimit('time-limit');
    this.passes++;
    return this.network.run(input);
  }

  private inputAt(patch: Patch): Float32Array<ArrayBuffer> {
    const { spec } = this.network;
    const voxels = patchVoxels(patch);
    const input = new Float32Array(3 * voxels);
    readPatch(this.image.values, this.gridSize, patch, spec.outsideValue, input);
    if (this.showMemory) {
      readPatch(this.memory.vertebra, this.gridSize, patch, 0, input, voxels);
      readPatch(this.memory.disc, this.gridSize, patch, 0, input, 2 * voxels);
    }
    return input;
  }

  /** What the place shows when the network's answers to it and to its mirror image, left for right, are averaged. */
  private async withMirror(sighting: Sighting): Promise<Sighting> {
    const { patch, output } = sighting;
    const input = mirroredRows(this.inputAt(patch), patch.size[0]);
    this.record('mirror', sighting);
    const other = await this.run(input);
    const structures = mirroredRows(other.structures, patch.size[0]);
    for (let at = 0; at < structures.length; at++) structures[at] = (structures[at]! + output.structures[at]!) / 2;
    const both = { structures, completeness: (output.completeness + other.completeness) / 2 };
    const again = judge(both, patch, this.memory, this.options, this.voxelMm3);
    return again.volumeMm3 >= this.options.minContinueMm3 ? again : sighting;
  }

  /** Notes what a pass was for. Every pass is recorded once. */
  record(kind: TraversalStep['kind'], { patch, volumeMm3, output }: Sighting): void {
    const centre = indexToLps(this.image.grid, patchCentre(patch));
    const step: TraversalStep = {
      pass: this.passes,
      kind,
      centreLpsMm: [rounded(centre[0], 10), rounded(centre[1], 10), rounded(centre[2], 10)],
      volumeMm3: Math.round(volumeMm3),
      completeness: rounded(output.completeness, 1000),
    };
    this.steps.push(step);
    this.hooks.onStep?.(step);
  }

  /** Takes the vertebra, its disc and its stretch of canal; what they cover is memory from here on. Throws as `look` does. */
  async accept(arrived: Sighting): Promise<void> {
    const sighting = this.options.mirror ? await this.withMirror(arrived) : arrived;
    const { patch, output, vertebra } = sighting;
    const voxels = patchVoxels(patch);
    const disc = largestComponent(this.freshDisc(sighting), patch.size, this.options.minDiscMm3 / this.voxelMm3);
    const cut = cutStructure(output.structures, 0, patch, vertebra, this.gridSize);
    if (!cut) throw new Error('a vertebra without voxels was accepted');
    this.findings.push({
      patch,
      centre: sighting.centre,
      vertebra: cut,
      disc: cutStructure(output.structures, voxels, patch, disc, this.gridSize),
      completeness: output.completeness,
      volumeMm3: vertebra.voxels * this.voxelMm3,
    });
    remember(this.memory.vertebra, this.gridSize, patch, vertebra);
    remember(this.memory.disc, this.gridSize, patch, disc);
    uniteProbabilities(this.memory.canal, this.gridSize, patch, output.structures, 2 * voxels);
    this.record('accept', sighting);
  }

  /** From one vertebra's centre to the next higher one's at an end of the trail, in working voxels; with one vertebra, the usual. */
  pitch(end: 'top' | 'bottom'): Vec3 {
    const upwards = [...this.findings].sort((a, b) => a.centre[2] - b.centre[2]);
    const [below, above] = end === 'top' ? upwards.slice(-2) : upwards;
    if (!below || !above) return [0, 0, USUAL_PITCH_MM / this.image.grid.spacingMm[2]];
    return [above.centre[0] - below.centre[0], above.centre[1] - below.centre[1], above.centre[2] - below.centre[2]];
  }

  /** Disc over 0.5 in the patch, inside the grid, that the memory doesn't hold. */
  private freshDisc({ patch, output }: Sighting): Uint8Array {
    const voxels = patchVoxels(patch);
    const fresh = new Uint8Array(voxels);
    const taken = new Uint8Array(voxels);
    readPatch(this.memory.disc, this.gridSize, patch, 1, taken);
    for (let at = 0; at < voxels; at++) {
      if (taken[at] === 0 && output.structures[voxels + at]! > 0.5) fresh[at] = 1;
    }
    return fresh;
  }
}

/** A copy whose rows of `width` values run the other way. */
function mirroredRows(values: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += width) {
    for (let i = 0; i < width; i++) out[row + i] = values[row + width - 1 - i]!;
  }
  return out;
}

function rounded(value: number, perUnit: number): number {
  return Math.round(value * perUnit) / perUnit;
}
