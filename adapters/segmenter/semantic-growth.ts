import type { Vec3 } from '../../core/geometry.ts';

/** Who owns each voxel (x fastest), 0 for nobody yet. */
export interface Growth {
  owners: Uint8Array;
  size: Vec3;
  spacingMm: Vec3;
}

/** Ways are counted in steps of this, rounded: enough to tell half a millimetre from four. */
const STEP_MM = 0.1;

/**
 * All owners grow at once, in place, through the voxels where `open` holds: each voxel goes to the owner with the shortest way to
 * it by face neighbours, in millimetres; of two equally near ones to the one that got there first. What nobody reaches stays 0.
 */
export function grow({ owners, size, spacingMm }: Growth, open: (at: number) => boolean): void {
  const [nx, ny, nz] = size;
  const plane = nx * ny;
  const costs = spacingMm.map((mm) => Math.max(1, Math.round(mm / STEP_MM)));
  const [cx, cy, cz] = costs as [number, number, number];
  // Dial's buckets: costs are small whole numbers, so a ring of lists holds the whole front in order.
  const ring = Array.from({ length: Math.max(cx, cy, cz) + 1 }, (): number[] => []);
  const ways = new Int32Array(owners.length).fill(-1);
  let waiting = 0;
  const offer = (to: number, owner: number, way: number): void => {
    if (!open(to) || (ways[to]! >= 0 && ways[to]! <= way) || (owners[to] !== 0 && ways[to]! < 0)) return;
    ways[to] = way;
    owners[to] = owner;
    ring[way % ring.length]!.push(to);
    waiting++;
  };
  const spread = (at: number, way: number): void => {
    const owner = owners[at]!;
    const x = at % nx;
    const y = Math.floor(at / nx) % ny;
    const z = Math.floor(at / plane);
    if (x > 0) offer(at - 1, owner, way + cx);
    if (x < nx - 1) offer(at + 1, owner, way + cx);
    if (y > 0) offer(at - nx, owner, way + cy);
    if (y < ny - 1) offer(at + nx, owner, way + cy);
    if (z > 0) offer(at - plane, owner, way + cz);
    if (z < nz - 1) offer(at + plane, owner, way + cz);
  };
  const seeds: number[] = [];
  for (let at = 0; at < owners.length; at++) if (owners[at] !== 0) seeds.push(at);
  for (const at of seeds) spread(at, 0);
  for (let way = 1; waiting > 0; way++) {
    const bucket = ring[way % ring.length]!;
    for (const at of bucket.splice(0)) {
      waiting--;
      if (ways[at] === way) spread(at, way);
    }
  }
}
