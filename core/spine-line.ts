import type { Vec3 } from './geometry.ts';

/**
 * Where an arch lies along the spine relative to the centre of its body, in distances between neighbouring bodies: processes
 * point a little downwards.
 */
const ARCH_OFFSET = -0.2;

/** The line through the centres of the vertebral bodies (LPS, mm), feet first. */
export class SpineLine {
  constructor(private readonly bodies: readonly Vec3[]) {}

  get isEmpty(): boolean {
    return this.bodies.length === 0;
  }

  /** How far (in distances between neighbours) a point lies above a body, along the spine's direction there. */
  private above(point: Vec3, body: number): number {
    const here = this.bodies[body]!;
    const below = this.bodies[body - 1] ?? here;
    const next = this.bodies[body + 1] ?? here;
    const steps = (body > 0 ? 1 : 0) + (body + 1 < this.bodies.length ? 1 : 0);
    const direction = steps === 0 ? ([0, 0, 30] as const) : minus(next, below); // a lone body: 30 mm straight up
    const step = Math.hypot(...direction) / Math.max(steps, 1);
    return dot(minus(point, here), direction) / Math.hypot(...direction) / step;
  }

  /** The number of bodies (from 0) whose centre lies below the point. */
  bodiesBelow(point: Vec3): number {
    return this.bodies.filter((_, body) => this.above(point, body) > 0).length;
  }

  /** The index of the body an arch centred at the point belongs to. */
  bodyOfArch(point: Vec3): number {
    let best = { off: Infinity, body: 0 };
    for (let body = 0; body < this.bodies.length; body++) {
      const off = Math.abs(this.above(point, body) - ARCH_OFFSET);
      if (off < best.off) best = { off, body };
    }
    return best.body;
  }
}

export function minus(a: Vec3, b: Vec3): [number, number, number] {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
