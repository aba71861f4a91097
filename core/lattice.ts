import { indexToLps, lpsToIndex, voxelCount, type Grid, type Vec3 } from './geometry.ts';
import type { Volume } from './volume.ts';

/** How many samples along each axis of a lattice voxel make its mean. */
export type SubSamples = readonly [number, number, number];

/**
 * Reads a volume on another grid: each value is the mean of `subSamples` linear samples spread evenly over the lattice's voxel
 * (1 1 1: its centre only), which keeps a coarse lattice free of aliases. A sample within half a voxel of the volume's outer
 * centres takes the edge's value; a lattice voxel of which no sample lies inside is NaN. x fastest.
 */
export function sampleOnLattice(volume: Volume, lattice: Grid, subSamples: SubSamples = [1, 1, 1]): Float32Array {
  const read = linearReader(volume);
  const map = indexMap(lattice, volume.grid);
  const offsets = subSampleOffsets(subSamples, map);
  const values = new Float32Array(voxelCount(lattice));
  const [nx, ny, nz] = lattice.size;
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        const x = map.start[0] + map.x[0] * i + map.y[0] * j + map.z[0] * k;
        const y = map.start[1] + map.x[1] * i + map.y[1] * j + map.z[1] * k;
        const z = map.start[2] + map.x[2] * i + map.y[2] * j + map.z[2] * k;
        values[at] = meanAt(read, x, y, z, offsets);
      }
    }
  }
  return values;
}

type Reader = (x: number, y: number, z: number) => number;

function meanAt(read: Reader, x: number, y: number, z: number, offsets: Float64Array): number {
  let sum = 0;
  let inside = 0;
  for (let n = 0; n < offsets.length; n += 3) {
    const value = read(x + offsets[n]!, y + offsets[n + 1]!, z + offsets[n + 2]!);
    if (Number.isNaN(value)) continue;
    sum += value;
    inside++;
  }
  return inside === 0 ? NaN : sum / inside;
}

interface IndexMap {
  start: Vec3;
  x: Vec3;
  y: Vec3;
  z: Vec3;
}

/** The affine map from one grid's indices to another's: where the first voxel lies, and a step along each axis. */
function indexMap(from: Grid, to: Grid): IndexMap {
  const start = lpsToIndex(to, from.originLpsMm);
  const step = (axis: number): Vec3 => {
    const unit = [0, 1, 2].map((each) => (each === axis ? 1 : 0)) as [number, number, number];
    const end = lpsToIndex(to, indexToLps(from, unit));
    return [end[0] - start[0], end[1] - start[1], end[2] - start[2]];
  };
  return { start, x: step(0), y: step(1), z: step(2) };
}

function subSampleOffsets([a, b, c]: SubSamples, map: IndexMap): Float64Array {
  const offsets: number[] = [];
  for (let k = 0; k < c; k++) {
    for (let j = 0; j < b; j++) {
      for (let i = 0; i < a; i++) {
        const [u, v, w] = [(i + 0.5) / a - 0.5, (j + 0.5) / b - 0.5, (k + 0.5) / c - 0.5];
        for (const axis of [0, 1, 2] as const) offsets.push(map.x[axis] * u + map.y[axis] * v + map.z[axis] * w);
      }
    }
  }
  return Float64Array.from(offsets);
}

/** Trilinear interpolation at a continuous index; NaN more than half a voxel beyond the outer centres. */
function linearReader({ grid, voxels }: Volume): Reader {
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  return (x, y, z) => {
    if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x <= nx - 0.5 && y <= ny - 0.5 && z <= nz - 0.5)) return NaN;
    const cx = x < 0 ? 0 : x > nx - 1 ? nx - 1 : x;
    const cy = y < 0 ? 0 : y > ny - 1 ? ny - 1 : y;
    const cz = z < 0 ? 0 : z > nz - 1 ? nz - 1 : z;
    const x0 = Math.floor(cx);
    const y0 = Math.floor(cy);
    const z0 = Math.floor(cz);
    const fx = cx - x0;
    const fy = cy - y0;
    const at = x0 + nx * y0 + plane * z0;
    const dx = x0 < nx - 1 ? 1 : 0;
    const dy = y0 < ny - 1 ? nx : 0;
    const dz = z0 < nz - 1 ? plane : 0;
    const line = (from: number): number => voxels[from]! + fx * (voxels[from + dx]! - voxels[from]!);
    const near = line(at) + fy * (line(at + dy) - line(at));
    const far = line(at + dz) + fy * (line(at + dz + dy) - line(at + dz));
    return near + (cz - z0) * (far - near);
  };
}
