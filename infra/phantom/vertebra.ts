import type { Vec3 } from '../../core/geometry.ts';
import type { Level } from './anatomy.ts';
import { BACK_WALL, eccentricity, wallDistance, type Outline } from './block.ts';
import type { Frame } from './frame.ts';

/** How softly the parts of a vertebra run into each other, mm. */
const BLEND_MM = 2.5;
/** Beyond this, the distance isn't worked out. */
const FAR_MM = 9;

/** A rounded bar from `from` to `to` (u, v, w; u ≥ 0, mirrored), `radius` thick and `tall` high (half heights, mm). */
interface Bar {
  from: Vec3;
  to: Vec3;
  radius: number;
  tall: number;
}

/** One vertebra: body, pedicles, articular and transverse processes, laminae and spinous process as one smooth solid. */
export class Vertebra {
  /** The point asked for last, in local coordinates; u is taken positive. */
  u = 0;
  v = 0;
  w = 0;
  /** Distance of that point to the body alone, mm. */
  bodyMm = FAR_MM;
  readonly outline: Outline;
  readonly halfHeight: number;
  private readonly slope: number;
  private readonly concavity: number;
  private readonly bars: Float64Array;
  /** Local v and w beyond which nothing of the vertebra lies. */
  readonly backmost: number;
  readonly lowest: number;

  constructor(
    readonly label: number,
    readonly frame: Frame,
    readonly level: Level,
    /** Local v of the canal's middle, and half its depth and width. */
    readonly canal: { v: number; depth: number; width: number },
    scale: number,
  ) {
    this.outline = { a: level.width / 2, b: level.depth / 2 };
    this.halfHeight = level.height / 2;
    this.slope = Math.tan(level.wedge / 2);
    this.concavity = level.concavity;
    const bars = barsOf(level, canal, scale);
    this.bars = Float64Array.from(bars.flatMap(flatten));
    this.backmost = Math.max(...bars.map(({ from, to, radius }) => Math.max(from[1], to[1]) + radius)) + 1;
    this.lowest = Math.min(...bars.map(({ from, to, tall }) => Math.min(from[2], to[2]) - tall)) - 2;
  }

  /** Half the body's height at (u, v): lower in the middle, and lower at the back where the body is a wedge. */
  halfHeightAt(u: number, v: number): number {
    const off = eccentricity(this.outline, u, v);
    const sunk = off < 1.1 ? this.concavity * (1 - off * 0.91) : 0;
    return this.halfHeight - v * this.slope - sunk;
  }

  /** Distance to the surface in mm, negative inside; at least 9 where it is far. Leaves u, v, w and bodyMm behind. */
  distance(x: number, y: number, z: number): number {
    const { origin, rotation: r } = this.frame;
    const dx = x - origin[0];
    const dy = y - origin[1];
    const dz = z - origin[2];
    const v = r[1]! * dx + r[4]! * dy + r[7]! * dz;
    this.bodyMm = FAR_MM;
    if (v < -this.outline.b - 2 || v > this.backmost) return FAR_MM;
    const w = r[2]! * dx + r[5]! * dy + r[8]! * dz;
    if (w > this.halfHeight + 12 || w < this.lowest) return FAR_MM;
    if (v < this.outline.b * 0.4 && Math.abs(w) > this.halfHeight + 4) return FAR_MM;
    const u = Math.abs(r[0]! * dx + r[3]! * dy + r[6]! * dz);
    if (u > 46) return FAR_MM;
    this.u = u;
    this.v = v;
    this.w = w;
    if (v < this.outline.b + 3 && u < this.outline.a + 3) this.bodyMm = this.bodyDistance(u, v, w);
    // Deep inside the body the rest adds nothing.
    return v > this.outline.b * 0.4 && this.bodyMm > -BLEND_MM ? this.withBars(this.bodyMm, u, v, w) : this.bodyMm;
  }

  private bodyDistance(u: number, v: number, w: number): number {
    const half = this.halfHeightAt(u, v);
    const faces = Math.abs(w) - half;
    if (faces > 6) return FAR_MM;
    const t = w / (this.halfHeight - v * this.slope);
    const waist = 1 - 0.1 * Math.max(0, 1 - t * t);
    const wall = wallDistance(this.outline, u, v, waist, 0);
    return faces > wall ? faces : wall;
  }

  private withBars(start: number, u: number, v: number, w: number): number {
    const { bars } = this;
    let distance = start;
    for (let i = 0; i < bars.length; i += 9) {
      const flat = bars[i + 8]!;
      const pu = u - bars[i]!;
      const pv = v - bars[i + 1]!;
      const pw = w - bars[i + 2]!;
      const au = bars[i + 3]!;
      const av = bars[i + 4]!;
      const aw = bars[i + 5]!;
      let along = (pu * au + pv * av + pw * aw) * bars[i + 6]!;
      along = along < 0 ? 0 : along > 1 ? 1 : along;
      const qu = pu - au * along;
      const qv = pv - av * along;
      const qw = (pw - aw * along) * flat;
      const bar = Math.sqrt(qu * qu + qv * qv + qw * qw) - bars[i + 7]!;
      const gap = BLEND_MM - Math.abs(distance - bar);
      if (bar < distance) distance = bar;
      if (gap > 0) distance -= (gap * gap) / (4 * BLEND_MM);
    }
    return distance;
  }
}

function flatten({ from, to, radius, tall }: Bar): number[] {
  const along = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  const length2 = along[0] ** 2 + along[1] ** 2 + along[2] ** 2;
  return [...from, ...along, 1 / Math.max(length2, 1e-6), radius, radius / tall];
}

function barsOf(level: Level, canal: { v: number; depth: number; width: number }, scale: number): Bar[] {
  const h = level.height;
  const back = canal.v;
  const out = canal.width + 5 * scale;
  const s = (mm: number): number => mm * scale;
  const ridge = back + canal.depth + s(5);
  const pedicle = s(4.4);
  return [
    {
      from: [out, (level.depth / 2) * BACK_WALL - s(3), 0.2 * h],
      to: [out + s(0.5), back + s(1), 0.17 * h],
      radius: pedicle,
      tall: s(7),
    },
    // Superior articular process, pars, inferior articular process.
    { from: [out + s(2), back + s(3), 0.2 * h], to: [out + s(4), back + s(3.5), 0.6 * h], radius: s(4), tall: s(5) },
    {
      from: [out + s(1), back + s(3), 0.16 * h],
      to: [out - s(2), back + s(10), -0.25 * h],
      radius: s(3.8),
      tall: s(5),
    },
    { from: [out - s(2), back + s(10), -0.2 * h], to: [out - s(2), back + s(11), -0.78 * h], radius: s(4), tall: s(5) },
    { from: [out - s(1), back + s(9), -0.08 * h], to: [s(1.5), ridge, -0.2 * h], radius: s(3.2), tall: s(8.5) },
    { from: [out + s(3), back - s(1), 0.14 * h], to: [out + s(24), back + s(3), 0.24 * h], radius: s(3), tall: s(5) },
    {
      from: [0, ridge + s(1), -0.22 * h],
      to: [0, ridge + level.spinousLength, -0.22 * h - level.spinousDrop],
      radius: s(4),
      tall: level.spinousHeight / 2,
    },
  ];
}
