import { Random } from './random.ts';

const EDGE = 32;
const MASK = EDGE - 1;

/** Smooth noise in space: random values on a lattice that repeats every 32 cells, trilinear between them. */
export class ValueNoise {
  private readonly lattice: Float32Array;

  constructor(name: string) {
    const random = new Random(name);
    this.lattice = Float32Array.from({ length: EDGE ** 3 }, () => random.between(-1, 1));
  }

  /** In [-1, 1]; coordinates in lattice cells. */
  at(x: number, y: number, z: number): number {
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const z0 = Math.floor(z);
    const fx = x - x0;
    const fy = y - y0;
    const fz = z - z0;
    const { lattice } = this;
    const i0 = x0 & MASK;
    const i1 = (x0 + 1) & MASK;
    const j0 = (y0 & MASK) * EDGE;
    const j1 = ((y0 + 1) & MASK) * EDGE;
    const k0 = (z0 & MASK) * EDGE * EDGE;
    const k1 = ((z0 + 1) & MASK) * EDGE * EDGE;
    const low = mix(
      mix(lattice[i0 + j0 + k0]!, lattice[i1 + j0 + k0]!, fx),
      mix(lattice[i0 + j1 + k0]!, lattice[i1 + j1 + k0]!, fx),
      fy,
    );
    const high = mix(
      mix(lattice[i0 + j0 + k1]!, lattice[i1 + j0 + k1]!, fx),
      mix(lattice[i0 + j1 + k1]!, lattice[i1 + j1 + k1]!, fx),
      fy,
    );
    return mix(low, high, fz);
  }
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
