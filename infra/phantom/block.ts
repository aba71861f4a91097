/**
 * The drum that bodies and discs are cut from, in local coordinates: a rounded outline in (u, v), flattened and hollowed at
 * the back where the canal runs.
 */
export interface Outline {
  /** Half width and half depth, mm. */
  a: number;
  b: number;
}

/** Where the back wall stands at the middle, as a share of the half depth. */
export const BACK_WALL = 0.84;

/** How far off the middle a point is: 0 at the middle, 1 at the outline, squared. */
export function eccentricity({ a, b }: Outline, u: number, v: number): number {
  return (u * u) / (a * a) + (v * v) / (b * b);
}

/**
 * Distance (mm, about; negative inside) to the side wall when outline and back wall are scaled by `girth` (a body's waist is
 * slimmer than its rims) and the back wall stands out by `bulge`.
 */
export function wallDistance({ a, b }: Outline, u: number, v: number, girth: number, bulge: number): number {
  const p = u / (a * girth);
  const q = v / (b * girth);
  const p2 = p * p;
  const q2 = q * q;
  // Halfway between an ellipse and a squircle; its slope at the outline is 3 per half axis.
  const round = (0.5 * (p2 + q2 + p2 * p2 + q2 * q2) - 1) * 0.333 * b;
  const back = v - b * (BACK_WALL * girth + 0.1 * Math.min(1, p2 * 1.6)) - bulge;
  return round > back ? round : back;
}
