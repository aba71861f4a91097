import type { EdgeField, EdgePoints, LatticeRegion } from './edge-field.ts';
import type { Vec3 } from './geometry.ts';
import type { ShiftEstimate } from './misalignment.ts';

/** Coarse shifts are so many lattice points apart. */
const COARSE = 2;
/** So many of the best coarse shifts are refined. */
const REFINED = 6;
/** What a lattice point of shift costs: of shifts that agree alike the shortest wins. */
const COST = 1e-4;
/** Share of the points that must lie in both images for a shift to count. */
const MIN_OVERLAP = 0.5;

type Shift = [number, number, number];

/** Finds the translation, in whole lattice points and then between them, at which a field of edges agrees best with given ones. */
export class ShiftSearch {
  private readonly known = new Map<number, number>();
  private readonly strides: Vec3;

  constructor(
    private readonly points: EdgePoints,
    private readonly field: EdgeField,
    private readonly region: LatticeRegion,
  ) {
    const [nu, nv] = region.lattice.size;
    this.strides = [1, nu, nu * nv];
  }

  /** The best shift; undefined when at none, the zero shift among them, enough points lie in both images. */
  best(): ShiftEstimate | undefined {
    const coarse = this.coarseShifts()
      .map((shift) => ({ shift, merit: this.merit(shift) }))
      .sort((a, b) => b.merit - a.merit)
      .slice(0, REFINED);
    const peak = [[0, 0, 0] as Shift, ...coarse.map(({ shift }) => shift)]
      .map((shift) => this.climb(shift))
      .reduce((a, b) => this.better(a, b));
    const agreement = this.agreement(peak);
    if (agreement === -Infinity) return undefined;
    return { shiftMm: this.toLps(peak), agreement, agreementUnshifted: Math.max(-1, this.agreement([0, 0, 0])) };
  }

  private coarseShifts(): Shift[] {
    const [mu, mv, mw] = this.region.margin.map((n) => Math.floor((n - 1) / COARSE)) as [number, number, number];
    const shifts: Shift[] = [];
    for (let w = -mw; w <= mw; w++)
      for (let v = -mv; v <= mv; v++) for (let u = -mu; u <= mu; u++) shifts.push([COARSE * u, COARSE * v, COARSE * w]);
    return shifts;
  }

  /** Goes to the best neighbour of 26 until there is none better. */
  private climb(from: Shift): Shift {
    let at = from;
    while (true) {
      const next = neighbours(at).reduce((a, b) => this.better(a, b), at);
      if (next === at) return at;
      at = next;
    }
  }

  private better(a: Shift, b: Shift): Shift {
    return this.merit(b) > this.merit(a) ? b : a;
  }

  private merit(shift: Shift): number {
    return this.agreement(shift) - COST * Math.hypot(...shift);
  }

  /** Normalised correlation of the edges when the target lies `shift` lattice points off the source; -Infinity out of range. */
  private agreement(shift: Shift): number {
    if (shift.some((n, axis) => Math.abs(n) >= this.region.margin[axis]!)) return -Infinity;
    const key = (shift[0] * 4096 + shift[1]) * 4096 + shift[2];
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const value = this.correlation(
      shift[0] * this.strides[0] + shift[1] * this.strides[1] + shift[2] * this.strides[2],
    );
    this.known.set(key, value);
    return value;
  }

  private correlation(offset: number): number {
    const { at, cosine, sine } = this.points;
    const { cosine: fieldCosine, sine: fieldSine } = this.field;
    let dot = 0;
    let ours = 0;
    let theirs = 0;
    let inside = 0;
    for (let i = 0; i < at.length; i++) {
      const there = at[i]! - offset;
      const c = fieldCosine[there]!;
      if (c !== c) continue; // NaN: unknown there
      const s = fieldSine[there]!;
      const p = cosine[i]!;
      const q = sine[i]!;
      dot += p * c + q * s;
      ours += p * p + q * q;
      theirs += c * c + s * s;
      inside++;
    }
    if (inside < MIN_OVERLAP * at.length) return -Infinity;
    const scale = Math.sqrt(ours * theirs);
    return scale > 0 ? dot / scale : 0;
  }

  /** A shift in lattice points as millimetres in LPS, moved to the top of the parabola through its neighbours on each axis. */
  private toLps(peak: Shift): Vec3 {
    const { direction: d, spacingMm } = this.region.lattice;
    const mm = peak.map((n, axis) => (n + this.vertex(peak, axis)) * spacingMm[axis]!);
    const along = (row: number): number => d[row]! * mm[0]! + d[row + 1]! * mm[1]! + d[row + 2]! * mm[2]!;
    return [along(0), along(3), along(6)];
  }

  private vertex(peak: Shift, axis: number): number {
    const beside = (step: number): number =>
      this.agreement(peak.map((n, each) => (each === axis ? n + step : n)) as Shift);
    const [before, top, after] = [beside(-1), this.agreement(peak), beside(1)];
    const bend = before - 2 * top + after;
    return Number.isFinite(bend) && bend < 0 ? (before - after) / (2 * bend) : 0;
  }
}

function neighbours([u, v, w]: Shift): Shift[] {
  const steps = [-1, 0, 1];
  return steps.flatMap((a) => steps.flatMap((b) => steps.map((c): Shift => [u + a, v + b, w + c])));
}
