import { connectedComponents, type Components } from '../../core/components.ts';
import { indexToLps, type Grid, type Vec3 } from '../../core/geometry.ts';
import { CANAL, MAX_VERTEBRAE } from '../../core/labels.ts';
import { minus, SpineLine } from '../../core/spine-line.ts';
import type { Mask } from '../../core/volume.ts';
import { grow, type Growth } from './semantic-growth.ts';

/** Classes of a semantic network by number; see SemanticSpec in core/trainer-contract.ts. */
export const CLASS = { background: 0, vertebra: 1, disc: 2, canal: 3, contact: 4 } as const;

export interface InstanceRules {
  /** A second body between the same two discs is none when smaller than this share of the largest body. */
  minBodyShare: number;
  /** A disc smaller than this is none. */
  minDiscMm3: number;
  /** Pieces of vertebra that no body reaches and that are smaller than this are dropped. */
  minFragmentMm3: number;
  /** Components of the canal smaller than this share of the largest are dropped. */
  minCanalShare: number;
}

export const DEFAULT_INSTANCE_RULES: InstanceRules = {
  minBodyShare: 0.15,
  minDiscMm3: 200,
  minFragmentMm3: 200,
  minCanalShare: 0.2,
};

/** A piece of a class: one body, which founds a vertebra, or one disc. */
interface Piece {
  /** Its number in the labels that go with it. */
  component: number;
  voxels: number;
  centre: Vec3;
}

interface Pieces {
  /** Feet first. */
  found: Piece[];
  /** The component at every voxel, of pieces that weren't taken as well. */
  labels: Int32Array;
}

/**
 * Tells the structures of a class volume apart: vertebrae 1, 2, … from the lowest, discs 201, 202, … by the vertebra above them,
 * canal 100. `classes` is x fastest, by CLASS, on `grid`.
 *   1. Vertebrae touch each other at the joints behind the canal, in masks of real spines as well: as pieces they would be one.
 *      In front of the canal discs lie between them. So the vertebra voxels in front of the canal make the bodies (without a
 *      canal: all vertebra voxels): 26-connected pieces, cut by the planes of the discs, numbered from the feet up.
 *   2. Bodies grow, all at once and by the way through bone, into the vertebra voxels they reach; then into `contact` ones, which
 *      is where a network saw two vertebrae meet.
 *   3. A piece of vertebra that no body reaches is an arch (central slices cut the pedicles): it goes with the body at its height.
 *   4. A disc is a 26-connected piece of that class, centred in front of the canal; its number is one more than the bodies below it.
 * More than 25 bodies or discs from below are left out. Nothing is kept of vertebra when there is no body.
 */
export function instancesOf(classes: Uint8Array, grid: Grid, rules: InstanceRules = DEFAULT_INSTANCE_RULES): Mask {
  const voxels = new Int16Array(classes.length);
  const canal = mainCanal(classes, grid, rules.minCanalShare);
  const front = canalFront(canal, grid);
  const discs = discPieces(classes, grid, front, rules);
  const bodies = bodiesOf(classes, grid, front, discs.found, rules);
  const spine = new SpineLine(bodies.found.map(({ centre }) => centre));
  const growth: Growth = { owners: new Uint8Array(classes.length), size: grid.size, spacingMm: grid.spacingMm };
  const rank = new Map(bodies.found.map(({ component }, at) => [component, at + 1]));
  for (let at = 0; at < classes.length; at++) {
    growth.owners[at] = bodies.labels[at] === 0 ? 0 : (rank.get(bodies.labels[at]!) ?? 0);
  }
  grow(growth, (at) => classes[at] === CLASS.vertebra);
  attachArches(classes, grid, growth, spine, rules);
  grow(growth, (at) => classes[at] === CLASS.contact);
  const numbers = discNumbers(discs.found, spine);
  for (let at = 0; at < voxels.length; at++) {
    if (growth.owners[at] !== 0) voxels[at] = growth.owners[at]!;
    else if (numbers.has(discs.labels[at]!)) voxels[at] = 200 + numbers.get(discs.labels[at]!)!;
    else if (canal[at] !== 0) voxels[at] = CANAL;
  }
  return { grid, element: 'SHORT', voxels };
}

/** 1 where the canal is, less its small components. */
function mainCanal(classes: Uint8Array, grid: Grid, minShare: number): Uint8Array {
  const { labels, sizes } = piecesOf(classes, grid, (each) => each === CLASS.canal);
  const largest = Math.max(0, ...sizes.slice(1));
  const out = new Uint8Array(classes.length);
  for (let at = 0; at < out.length; at++) {
    const label = labels[at]!;
    if (label !== 0 && sizes[label]! >= minShare * largest) out[at] = 1;
  }
  return out;
}

function piecesOf(classes: Uint8Array, { size }: Grid, belongs: (value: number, at: number) => boolean): Components {
  const member = new Uint8Array(classes.length);
  for (let at = 0; at < member.length; at++) member[at] = belongs(classes[at]!, at) ? 1 : 0;
  return connectedComponents(member, size, 26);
}

function bodiesOf(classes: Uint8Array, grid: Grid, front: CanalFront, discs: Piece[], rules: InstanceRules): Pieces {
  const inFront = new Uint8Array(classes.length);
  eachVoxel(grid, classes, (at, lps) => {
    if (classes[at] === CLASS.vertebra && lps[1] < front(lps[2])) inFront[at] = 1;
  });
  const { labels, sizes } = connectedComponents(inFront, grid.size, 26);
  const parts = cutByDiscs(labels, sizes, grid, discs);
  const bodies = joinedByLevel(piecesFrom(labels, parts.sizes, grid), parts, rules.minBodyShare);
  for (let at = 0; at < labels.length; at++) labels[at] = bodies.of[labels[at]!]!;
  const found = bodies.found.filter(({ voxels }) => voxels * voxelMm3(grid) >= rules.minFragmentMm3);
  return { found: found.slice(0, MAX_VERTEBRAE), labels };
}

/** By label. */
interface Parts {
  sizes: number[];
  levels: number[];
  whole: boolean[];
}
const WHOLE_SHARE = 0.8;

/**
 * Cuts components, in place, by the planes through the discs' centres, across the spine; gives by label size, level (discs below),
 * and whether it is most of a component.
 * A weak network lets bodies run into each other. Where they are apart the planes lie between them.
 */
function cutByDiscs(labels: Int32Array, components: number[], grid: Grid, discs: Piece[]): Parts {
  const planes = planesOf(discs);
  const numbers = new Map<number, number>();
  const [sizes, levels, of] = [[0], [-1], [0]];
  eachVoxel(grid, labels, (at, lps) => {
    let level = 0;
    for (const { centre, normal } of planes) {
      const off = minus(lps, centre);
      if (off[0] * normal[0] + off[1] * normal[1] + off[2] * normal[2] > 0) level++;
    }
    const part = level * components.length + labels[at]!;
    let number = numbers.get(part);
    if (number === undefined) {
      numbers.set(part, (number = sizes.push(0) - 1));
      levels.push(level);
      of.push(labels[at]!);
    }
    labels[at] = number;
    sizes[number]!++;
  });
  const whole = sizes.map((voxels, part) => voxels >= WHOLE_SHARE * components[of[part]!]!);
  return { sizes, levels, whole };
}

/** One plane a disc, feet first. Pieces of one disc, nearer to each other than two discs are, make one plane; small ones none. */
function planesOf(discs: Piece[]): { centre: Vec3; normal: Vec3 }[] {
  const largest = Math.max(0, ...discs.map(({ voxels }) => voxels));
  const whole = discs.filter(({ voxels }) => voxels >= MIN_PLANE_SHARE * largest);
  const apart = whole.filter((disc, at) => at === 0 || disc.centre[2] - whole[at - 1]!.centre[2] >= MIN_PITCH_MM);
  return apart.map(({ centre }, at) => {
    const [below, above] = [apart[at - 1]?.centre ?? centre, apart[at + 1]?.centre ?? centre];
    return { centre, normal: below === above ? [0, 0, 1] : minus(above, below) };
  });
}
const MIN_PLANE_SHARE = 0.25;
const MIN_PITCH_MM = 12;

/** The largest part of a level may be as small as this share of the largest body. */
const CUT_BODY_SHARE = 0.02;
/** A part further than this from its level's body belongs to nobody. */
const MAX_REACH_MM = 35;

/**
 * Between two discs is one body: of the parts on a level the largest is it, and the others belong to it, but for one that is at least
 * half as large (the disc between them was missed), or that no plane cuts (the planes of the end discs lean). Bodies under a share of the largest are none. `of` gives each part's body, 0 for none.
 */
function joinedByLevel(parts: Piece[], { levels, whole }: Parts, minShare: number): { found: Piece[]; of: Int32Array } {
  const of = new Int32Array(levels.length);
  const bySize = [...parts].sort((a, b) => b.voxels - a.voxels);
  const heads = new Map<number, Piece>();
  const found: Piece[] = [];
  for (const part of bySize) {
    const level = levels[part.component]!;
    const head = heads.get(level);
    if (!head) heads.set(level, part);
    const enough = part.voxels >= minShare * bySize[0]!.voxels;
    const own = !head || part.voxels >= head.voxels / 2 || (enough && whole[part.component]!);
    // What lies between two discs may be small: a vertebra that the edge of the image cuts.
    const least = (head ? minShare : CUT_BODY_SHARE) * bySize[0]!.voxels;
    if (own && part.voxels < least) continue;
    const near = head && Math.hypot(...minus(part.centre, head.centre)) <= MAX_REACH_MM;
    of[part.component] = own ? part.component : near ? of[head.component]! : 0;
    if (own) found.push(part);
  }
  return { found: found.sort((a, b) => a.centre[2] - b.centre[2]), of };
}

type CanalFront = (heightMm: number) => number;

/** The front edge of the canal (LPS y, mm) by height (LPS z, mm), at the nearest height that has canal; Infinity without one. */
function canalFront(canal: Uint8Array, grid: Grid): CanalFront {
  const columns = new Map<number, number[]>();
  eachVoxel(grid, canal, (_, [, y, z]) => {
    const height = Math.round(z / FRONT_STEP_MM);
    (columns.get(height) ?? columns.set(height, []).get(height)!).push(y);
  });
  if (columns.size === 0) return () => Infinity;
  const heights = [...columns.keys()].sort((a, b) => a - b);
  const fronts = heights.map((height) => frontOf(columns.get(height)!));
  return (heightMm) => {
    const wanted = heightMm / FRONT_STEP_MM;
    let best = 0;
    for (let i = 1; i < heights.length; i++) {
      if (Math.abs(heights[i]! - wanted) < Math.abs(heights[best]! - wanted)) best = i;
    }
    return fronts[best]!;
  };
}
const FRONT_STEP_MM = 3;

function frontOf(ys: number[]): number {
  const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  return mean - (2 * ys.reduce((sum, y) => sum + Math.abs(y - mean), 0)) / ys.length;
}

/** Visits every voxel where `filter` isn't 0, with its place in LPS, mm. */
function eachVoxel(grid: Grid, filter: ArrayLike<number>, visit: (at: number, lps: Vec3) => void): void {
  const [nx, ny, nz] = grid.size;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) if (filter[at] !== 0) visit(at, indexToLps(grid, [x, y, z]));
    }
  }
}

/** The pieces of labels 1, 2, …, feet first. */
function piecesFrom(labels: Int32Array, sizes: readonly number[], grid: Grid): Piece[] {
  const sums = new Float64Array(3 * sizes.length);
  eachVoxel(grid, labels, (at, lps) => {
    for (let axis = 0; axis < 3; axis++) sums[3 * labels[at]! + axis]! += lps[axis]!;
  });
  const pieces = sizes.slice(1).map((voxels, i): Piece => {
    const mean = (axis: number): number => sums[3 * (i + 1) + axis]! / voxels;
    return { component: i + 1, voxels, centre: [mean(0), mean(1), mean(2)] };
  });
  return pieces.sort((a, b) => a.centre[2] - b.centre[2]);
}

function voxelMm3({ spacingMm }: Grid): number {
  return spacingMm[0] * spacingMm[1] * spacingMm[2];
}

/** Gives the vertebra voxels that no body reached to the body at their height, piece by piece. */
function attachArches(
  classes: Uint8Array,
  grid: Grid,
  { owners }: Growth,
  spine: SpineLine,
  rules: InstanceRules,
): void {
  if (spine.isEmpty) return;
  const { labels, sizes } = piecesOf(classes, grid, (each, at) => each === CLASS.vertebra && owners[at] === 0);
  const owner = new Uint8Array(sizes.length);
  for (const { component, voxels, centre } of piecesFrom(labels, sizes, grid)) {
    if (voxels * voxelMm3(grid) >= rules.minFragmentMm3) owner[component] = spine.bodyOfArch(centre) + 1;
  }
  for (let at = 0; at < owners.length; at++) if (labels[at] !== 0) owners[at] = owner[labels[at]!]!;
}

function discPieces(classes: Uint8Array, grid: Grid, front: CanalFront, rules: InstanceRules): Pieces {
  const { labels, sizes } = piecesOf(classes, grid, (each) => each === CLASS.disc);
  const found = piecesFrom(labels, sizes, grid).filter(
    ({ voxels, centre }) => voxels * voxelMm3(grid) >= rules.minDiscMm3 && centre[1] < front(centre[2]),
  );
  return { found, labels };
}

/** Each disc's number by its component; without a body, its own rank. */
function discNumbers(discs: Piece[], spine: SpineLine): Map<number, number> {
  const numbered = discs.map(({ component, centre }, rank) => {
    return [component, spine.isEmpty ? rank + 1 : spine.bodiesBelow(centre) + 1] as const;
  });
  return new Map(numbered.filter(([, number]) => number <= MAX_VERTEBRAE));
}
