/** Lines that are transformed side by side, so that a strided axis is read and written a cache line at a time. */
const LINES_AT_ONCE = 8;

/**
 * The exact Euclidean distance transform on an anisotropic grid: for every voxel the squared distance (mm²) from its centre to
 * the centre of the nearest non-zero voxel of `features`; Infinity everywhere when there is none.
 * `features` has size[0]·size[1]·size[2] voxels, x fastest; the result has the same layout.
 * Two sweeps along x, then one pass per axis over the lower envelope of parabolas: Felzenszwalb and Huttenlocher, Distance
 * Transforms of Sampled Functions, Theory of Computing 8 (2012). Linear in the number of voxels; meant for a structure's
 * bounding box.
 */
export function squaredDistances(
  features: ArrayLike<number>,
  size: readonly [number, number, number],
  spacingMm: readonly [number, number, number],
): Float64Array {
  const [nx, ny, nz] = size;
  const distances = new Float64Array(nx * ny * nz);
  const bytes = features instanceof Uint8Array ? features : Uint8Array.from(features, (value) => (value === 0 ? 0 : 1));
  alongRows(bytes, distances, nx, spacingMm[0]);
  const slice = nx * ny;
  if (ny > 1) {
    const lines = new EnvelopeLines(ny, spacingMm[1]);
    for (let z = 0; z < nz; z++) lines.transform(distances, z * slice, nx, nx);
  }
  if (nz > 1) new EnvelopeLines(nz, spacingMm[2]).transform(distances, 0, slice, slice);
  return distances;
}

/** Within each row of `nx` voxels the squared distance to the row's nearest feature. */
function alongRows(features: Uint8Array, distances: Float64Array, nx: number, stepMm: number): void {
  for (let row = 0; row < distances.length; row += nx) {
    const end = row + nx;
    let since = Infinity;
    for (let at = row; at < end; at++) {
      since = features[at] === 0 ? since + 1 : 0;
      distances[at] = since;
    }
    since = Infinity;
    for (let at = end - 1; at >= row; at--) {
      since = features[at] === 0 ? since + 1 : 0;
      const steps = Math.min(distances[at]!, since) * stepMm;
      distances[at] = steps * steps;
    }
  }
}

/** Work space for the lines along one axis of `count` voxels. */
class EnvelopeLines {
  /** LINES_AT_ONCE lines one after the other, gathered. */
  private readonly values: Float64Array;
  /** The parabolas on the lower envelope, and where each begins to be the lowest. */
  private readonly sites: Int32Array;
  private readonly starts: Float64Array;
  /** The value plus the squared position of each parabola: what intersections are made of. */
  private readonly raised: Float64Array;
  /** 1 / (2·step²·k): the factor for two parabolas k steps apart. */
  private readonly factors: Float64Array;
  private readonly step2: number;

  constructor(
    private readonly count: number,
    stepMm: number,
  ) {
    this.step2 = stepMm * stepMm;
    this.values = new Float64Array(count * LINES_AT_ONCE);
    this.sites = new Int32Array(count);
    this.starts = new Float64Array(count + 1);
    this.raised = new Float64Array(count);
    this.factors = Float64Array.from({ length: count }, (_, k) => 1 / (2 * this.step2 * k));
  }

  /** Transforms the `lines` lines that begin at first, first + 1, … and go on in steps of `stride`. */
  transform(data: Float64Array, first: number, lines: number, stride: number): void {
    const { values, count } = this;
    for (let line = 0; line < lines; line += LINES_AT_ONCE) {
      const width = Math.min(LINES_AT_ONCE, lines - line);
      for (let q = 0, from = first + line; q < count; q++, from += stride) {
        for (let k = 0; k < width; k++) values[k * count + q] = data[from + k]!;
      }
      for (let k = 0; k < width; k++) this.transformOne(k * count);
      for (let q = 0, to = first + line; q < count; q++, to += stride) {
        for (let k = 0; k < width; k++) data[to + k] = values[k * count + q]!;
      }
    }
  }

  /** Replaces the values f(q) of one line by min over p of f(p) + step²·(q − p)². */
  private transformOne(offset: number): void {
    const { values, sites, starts, raised, factors, step2, count } = this;
    let top = -1;
    for (let q = 0; q < count; q++) {
      const value = values[offset + q]!;
      if (value === Infinity) continue;
      const high = value + step2 * q * q;
      let start = -Infinity;
      for (; top >= 0; top--) {
        start = (high - raised[top]!) * factors[q - sites[top]!]!;
        if (start > starts[top]!) break;
      }
      top++;
      sites[top] = q;
      raised[top] = high;
      starts[top] = top === 0 ? -Infinity : start;
    }
    if (top < 0) return; // nothing on this line: all stays infinite
    starts[top + 1] = Infinity;
    // A parabola's value is needed until the next one takes over; `raised` is done with and holds the values now.
    for (let k = 0; k <= top; k++) raised[k] = values[offset + sites[k]!]!;
    for (let q = 0, k = 0; q < count; q++) {
      while (starts[k + 1]! < q) k++;
      const apart = q - sites[k]!;
      values[offset + q] = raised[k]! + step2 * apart * apart;
    }
  }
}
