import type { Vec3 } from '../../core/geometry.ts';

/**
 * A right-handed frame in patient space (LPS, mm): `rotation` is row-major 3×3, its columns are the local axes u (to the
 * left), v (to the back) and w (to the head). point = origin + rotation · local.
 */
export interface Frame {
  origin: Vec3;
  rotation: readonly number[];
}

export const UPRIGHT: readonly number[] = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Row-major product of two 3×3 matrices. */
export function product(a: readonly number[], b: readonly number[]): number[] {
  const at = (row: number, column: number): number =>
    a[3 * row]! * b[column]! + a[3 * row + 1]! * b[3 + column]! + a[3 * row + 2]! * b[6 + column]!;
  return Array.from({ length: 9 }, (_, i) => at(Math.floor(i / 3), i % 3));
}

/** Turns about the axes x, then y, then z of the frame it is multiplied onto, in radians. */
export function turn(x: number, y: number, z: number): number[] {
  const [cx, sx, cy, sy, cz, sz] = [Math.cos(x), Math.sin(x), Math.cos(y), Math.sin(y), Math.cos(z), Math.sin(z)];
  const aboutX = [1, 0, 0, 0, cx, -sx, 0, sx, cx];
  const aboutY = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  const aboutZ = [cz, -sz, 0, sz, cz, 0, 0, 0, 1];
  return product(product(aboutX, aboutY), aboutZ);
}

/** The point of patient space at local coordinates (u, v, w). */
export function pointIn({ origin, rotation: r }: Frame, [u, v, w]: Vec3): Vec3 {
  return [
    origin[0] + r[0]! * u + r[1]! * v + r[2]! * w,
    origin[1] + r[3]! * u + r[4]! * v + r[5]! * w,
    origin[2] + r[6]! * u + r[7]! * v + r[8]! * w,
  ];
}

/** Local coordinates of a point of patient space. */
export function localOf({ origin, rotation: r }: Frame, [x, y, z]: Vec3): Vec3 {
  const [dx, dy, dz] = [x - origin[0], y - origin[1], z - origin[2]];
  return [
    r[0]! * dx + r[3]! * dy + r[6]! * dz,
    r[1]! * dx + r[4]! * dy + r[7]! * dz,
    r[2]! * dx + r[5]! * dy + r[8]! * dz,
  ];
}

/** The frame `heightMm` further along its own w, then turned. */
export function onward({ origin, rotation }: Frame, heightMm: number, turned: readonly number[] = UPRIGHT): Frame {
  return { origin: pointIn({ origin, rotation }, [0, 0, heightMm]), rotation: product(rotation, turned) };
}
