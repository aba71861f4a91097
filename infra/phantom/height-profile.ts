/** A smooth function of height (LPS z, mm), sampled every millimetre; constant beyond its ends. */
export class HeightProfile {
  private constructor(
    private readonly bottomMm: number,
    private readonly values: Float64Array,
  ) {}

  /** Through points (height, value) in ascending height, straight between them, then averaged over ± `softMm`. */
  static through(points: readonly (readonly [heightMm: number, value: number])[], softMm: number): HeightProfile {
    const bottom = Math.floor(points[0]![0]);
    const count = Math.ceil(points.at(-1)![0]) - bottom + 1;
    const raw = new Float64Array(count);
    for (let i = 0, at = 0; i < count; i++) {
      while (at < points.length - 2 && points[at + 1]![0] < bottom + i) at++;
      const [z0, v0] = points[at]!;
      const [z1, v1] = points[at + 1]!;
      const share = Math.max(0, Math.min(1, (bottom + i - z0) / Math.max(z1 - z0, 1e-6)));
      raw[i] = v0 + (v1 - v0) * share;
    }
    return new HeightProfile(bottom, softened(softened(raw, softMm), softMm));
  }

  at(heightMm: number): number {
    const place = heightMm - this.bottomMm;
    if (place <= 0) return this.values[0]!;
    const last = this.values.length - 1;
    if (place >= last) return this.values[last]!;
    const low = Math.floor(place);
    const a = this.values[low]!;
    return a + (this.values[low + 1]! - a) * (place - low);
  }

  /** Change of the value per millimetre upwards. */
  slopeAt(heightMm: number): number {
    return (this.at(heightMm + 2) - this.at(heightMm - 2)) / 4;
  }
}

/** Moving average; towards the ends it narrows, so that they stay where they are. */
function softened(raw: Float64Array, reach: number): Float64Array {
  return raw.map((_, i) => {
    const half = Math.min(Math.round(reach), i, raw.length - 1 - i);
    let sum = 0;
    for (let j = i - half; j <= i + half; j++) sum += raw[j]!;
    return sum / (2 * half + 1);
  });
}
