import type { Level } from './anatomy.ts';
import { eccentricity, wallDistance, type Outline } from './block.ts';
import type { Frame } from './frame.ts';

/** Cartilage between disc and bone, mm. */
const ENDPLATE_MM = 0.5;

/** One disc: fills what its two neighbours leave between their hollow endplates. */
export class Disc {
  /** How watery the point asked for last is, 0 to 1. */
  water = 0;
  readonly outline: Outline;
  private readonly slope: number;

  constructor(
    readonly label: number,
    readonly frame: Frame,
    readonly level: Level,
    /** Width and depth of the endplate below. */
    below: { width: number; depth: number },
  ) {
    this.outline = { a: (level.width + below.width) / 4, b: ((level.depth + below.depth) / 4) * 1.02 };
    this.slope = Math.tan(level.discWedge / 2);
  }

  /** Distance to the surface in mm, negative inside; at least 9 where it is far. */
  distance(x: number, y: number, z: number): number {
    const { origin, rotation: r } = this.frame;
    const dx = x - origin[0];
    const dy = y - origin[1];
    const dz = z - origin[2];
    const w = r[2]! * dx + r[5]! * dy + r[8]! * dz;
    if (w > 16 || w < -16) return 9;
    const u = r[0]! * dx + r[3]! * dy + r[6]! * dz;
    const v = r[1]! * dx + r[4]! * dy + r[7]! * dz;
    if (Math.abs(u) > this.outline.a + 3 || Math.abs(v) > this.outline.b + 6) return 9;
    const off = eccentricity(this.outline, u, v);
    const half =
      this.level.discHeight / 2 - v * this.slope + this.level.concavity * Math.max(0, 1 - off * 0.91) - ENDPLATE_MM;
    const faces = Math.abs(w) - half;
    // Protrusions sit near the middle.
    const wall = wallDistance(this.outline, u, v, 1, this.level.bulge * Math.exp((-u * u) / 120));
    const distance = faces > wall ? faces : wall;
    if (distance < 0) this.water = this.waterAt(off, v, w, half);
    return distance;
  }

  /** The nucleus is watery unless worn; a young one has a dark cleft at mid-height. */
  private waterAt(off: number, v: number, w: number, half: number): number {
    const { degeneration } = this.level;
    const wet = 1 - degeneration * 1.15;
    if (wet <= 0.02) return 0.02;
    const shifted = off + (0.25 * v) / this.outline.b;
    const edge = Math.max(shifted / 0.62, Math.abs(w) / (half * 0.95));
    const inside = edge < 0.7 ? 1 : edge > 1.1 ? 0 : (1.1 - edge) / 0.4;
    const cleft = degeneration < 0.5 ? 1 - 0.3 * Math.exp(-w * w) * (off < 0.45 ? 1 : 0) : 1;
    return Math.min(1, wet) * (0.06 + 0.94 * inside * cleft);
  }
}
