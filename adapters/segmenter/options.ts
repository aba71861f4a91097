/** How a traversal decides. Volumes are new vertebra (p > 0.5 where the memory is empty), in mm³ on the working grid. */
export interface TraversalOptions {
  maxVertebrae: number;
  /** Moves of the patch towards one vertebra; one more goes halfway between the last two places and settles there. */
  maxMoves: number;
  /** The patch has arrived when its next move would be at most this many working voxels on every axis. */
  convergedVoxels: number;
  /**
   * It has arrived, too, and without a first move, when the vertebra touches no side of the patch and the next move would be at most this
   * share of the patch on every axis. 0 turns that off: the published traversal always moves once.
   */
  arrivedShare: number;
  /** Whether the next vertebra is looked for where the last two say that it is; only then, as published, where the last was accepted. */
  foresight: boolean;
  /**
   * Where the first vertebra is looked for. `middle-first`: up the middle of the volume, then everywhere, in patches that end with the
   * volume. `corner-sweep`, as published: everywhere, x fastest, half a patch apart, the first patch centred on the volume's corner.
   */
  search: 'middle-first' | 'corner-sweep';
  /** Takes this much to start a trail, … */
  minStartMm3: number;
  /** … and this much to go on with one. */
  minContinueMm3: number;
  /** Components of a vertebra smaller than this are dropped. */
  minFragmentMm3: number;
  /** A disc whose largest component is smaller than this is none. */
  minDiscMm3: number;
  /**
   * Which components of at least `minFragmentMm3` make the vertebra: `fragments` all of them; `largest` one; `posterior` the
   * largest (the body) and, of those whose mean lies behind the body's, the lowest (its own arch, not that of the level above).
   */
  components: 'fragments' | 'largest' | 'posterior';
  /** Whether the volume is taken before or after dropping components. */
  sizeTest: 'raw' | 'cleaned';
  /** A vertebra of which more than this share is in the memory already is one found before. 1 turns the test off. */
  maxKnownShare: number;
  /**
   * Whether a vertebra's place is shown mirrored, left for right, before it is accepted, and the answers averaged: one more pass each.
   * A semantic network is shown every window along every axis, as nnU-Net does; 8 times the passes.
   */
  mirror: boolean;
  /** After losing the trail, look this many times higher up, a vertebra's pitch at a time. */
  liftRetries: number;
  /** When done, look below the lowest vertebra once more, with an empty memory, for one that was skipped. */
  lookBelow: boolean;
  /** Passes of the network over the whole volume; `null` allows what searching and maxVertebrae·(maxMoves + 2) can need. */
  maxPasses: number | null;
  /** Ends the trail when the passes have taken this long; what was accepted by then stays. */
  maxSeconds: number;
}

/** Spindle's own: the baseline's thresholds in mm³, its posterior rule, and the cures that none of the public forms has. */
export const DEFAULT_TRAVERSAL: TraversalOptions = {
  maxVertebrae: 25,
  maxMoves: 10,
  convergedVoxels: 2,
  arrivedShare: 0.12,
  foresight: true,
  search: 'middle-first',
  minStartMm3: 1000,
  minContinueMm3: 500,
  minFragmentMm3: 500,
  minDiscMm3: 200,
  components: 'posterior',
  sizeTest: 'cleaned',
  maxKnownShare: 0.5,
  mirror: false,
  liftRetries: 1,
  lookBelow: true,
  maxPasses: null,
  maxSeconds: 900,
};

/** What the public forms lack is off here; they had no limit of passes or seconds, which no form here goes without. */
const PUBLIC_FORM = {
  ...DEFAULT_TRAVERSAL,
  search: 'corner-sweep',
  arrivedShare: 0,
  foresight: false,
  minDiscMm3: 0,
  maxKnownShare: 1,
  liftRetries: 0,
  lookBelow: false,
} as const;

/** Volume of a voxel of the published working grid, 2 × 0.6 × 0.6 mm: the deployed pipeline counted voxels. */
const PUBLISHED_VOXEL_MM3 = 2 * 0.6 * 0.6;

/**
 * The three configurations of the IIS baseline in public code. They differ also by a regressed label as a gate, which this
 * network (as in the paper) doesn't have.
 */
export const PUBLIC_TRAVERSALS = {
  /** Defaults of the repository's test script. */
  repository: { ...PUBLIC_FORM, components: 'fragments' },
  /** The container deployed on Grand Challenge: sizes in voxels, taken before the components are cleaned. */
  deployed: {
    ...PUBLIC_FORM,
    maxMoves: 15,
    minStartMm3: 1000 * PUBLISHED_VOXEL_MM3,
    minContinueMm3: 1000 * PUBLISHED_VOXEL_MM3,
    minFragmentMm3: 500 * PUBLISHED_VOXEL_MM3,
    components: 'posterior',
    sizeTest: 'raw',
  },
  /** The MHub wrapper, for MR. */
  mhub: { ...PUBLIC_FORM, minContinueMm3: 100, minFragmentMm3: 100, components: 'fragments' },
} as const satisfies Record<string, TraversalOptions>;
