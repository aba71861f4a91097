import { BACK_WALL, wallDistance } from './block.ts';
import type { Frame } from './frame.ts';

/** Height, top width, top depth, bottom depth (mm), bend to the next segment (degrees): S1 downwards. */
export const SACRAL_SEGMENTS = [
  [29, 50, 34, 22, 7],
  [25, 42, 23, 16, 9],
  [21, 36, 17, 12, 11],
  [18, 32, 13, 10, 12],
  [15, 28, 10, 8, 14],
] as const;

/** What a point of the sacrum is. */
export type SacralPart = 'marrow' | 'cortex' | 'disc';

/** A segment of the sacrum: body, wing on both sides, and the plate behind the canal. Bone, but no vertebra of SPIDER's. */
export class SacralSegment {
  readonly halfHeight: number;
  readonly halfDepth: number;
  private readonly taper: number;
  private readonly halfWidth: number;

  /** `frame` lies at the middle of the body. */
  constructor(
    readonly rank: number,
    readonly frame: Frame,
    private readonly scale: number,
    private readonly canal: { v: number; depth: number },
  ) {
    const [height, width, top, bottom] = SACRAL_SEGMENTS[rank]!;
    this.halfHeight = (height * scale) / 2;
    this.halfWidth = (width * scale) / 2;
    this.halfDepth = ((top + bottom) * scale) / 4;
    this.taper = (top - bottom) / height / 2;
  }

  partAt(x: number, y: number, z: number): SacralPart | undefined {
    const { origin, rotation: r } = this.frame;
    const dx = x - origin[0];
    const dy = y - origin[1];
    const dz = z - origin[2];
    const w = r[2]! * dx + r[5]! * dy + r[8]! * dz;
    if (w > this.halfHeight || w < -this.halfHeight) return undefined;
    const u = Math.abs(r[0]! * dx + r[3]! * dy + r[6]! * dz);
    const v = r[1]! * dx + r[4]! * dy + r[7]! * dz;
    const outline = { a: this.halfWidth, b: this.halfDepth + w * this.taper };
    const body = wallDistance(outline, u, v, 1, 0);
    const distance = Math.min(body, this.wing(u, v, w), this.plate(u, v));
    if (distance > 0) return undefined;
    const seam = w < 1.3 - this.halfHeight && u < this.halfWidth * 0.8 && body < 0;
    if (seam) return Math.abs(v) < outline.b * 0.7 && this.rank < 2 ? 'disc' : 'cortex';
    const lid = this.rank === 0 && this.halfHeight - w < 0.9;
    return distance > -1 || lid ? 'cortex' : 'marrow';
  }

  private wing(u: number, v: number, w: number): number {
    const { scale } = this;
    const thick = (15 - 2.2 * this.rank) * scale;
    const middle = this.halfDepth * BACK_WALL - (3 - 0.25 * u) * scale;
    // The holes of the sacral nerves lie between body and wing, low in each segment.
    const hole = (u - this.halfWidth * 0.62) ** 2 + ((w + this.halfHeight) * 0.9) ** 2 < (5 * scale) ** 2;
    if (hole || u < this.halfWidth * 0.4 || w > this.halfHeight - 2 - 0.12 * u) return 9;
    return Math.max(Math.abs(v - middle) - thick, u - 56 * scale, this.halfWidth * 0.4 - u);
  }

  private plate(u: number, v: number): number {
    const middle = this.canal.v + this.canal.depth + (5.5 - this.rank) * this.scale;
    const crest = u < 5 ? 5 - 0.8 * u : 1;
    return Math.max(Math.abs(v - middle - crest / 2 + u * 0.12) - 2.5 * this.scale - crest / 2, u - 26 * this.scale);
  }
}
