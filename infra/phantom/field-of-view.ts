import type { Grid, Vec3 } from '../../core/geometry.ts';
import type { Body } from './body.ts';
import type { Case } from './case.ts';
import { pointIn, product, turn } from './frame.ts';
import type { Protocol } from './hospitals.ts';
import type { SeriesProtocol } from './protocol.ts';

/** The grid on which a series of a patient is made: the upper edge where the case says, the slices centred on the column. */
export function fieldOfView(
  body: Body,
  patientCase: Case,
  { axes: storedAxes, sampling, reachMm }: SeriesProtocol,
): Grid {
  const { sliceMm, inPlaneMm, slices } = sampling;
  const axes = slantedAxes(patientCase.oblique);
  const along = (axis: Vec3, point: Vec3): number => axis[0] * point[0] + axis[1] * point[1] + axis[2] * point[2];
  const inView = body.column.vertebrae.slice(0, patientCase.vertebraeInView);
  const centres = inView.map(({ frame }) => frame.origin);
  const s1 = body.column.sacrum[0]!;
  const endplate = pointIn(s1.frame, [0, 0, s1.halfHeight]);

  const topMm = along(axes.head, topPoint(body, patientCase));
  const bottomMm = along(axes.head, endplate) - reachMm.below;
  const fronts = [...centres, endplate].map((point) => along(axes.back, point));
  const frontMm = Math.min(...fronts) - 17 - reachMm.front;
  const backMm = Math.max(...skinPoints(body, bottomMm, topMm).map((point) => along(axes.back, point))) + 8;
  const middleMm = centres.reduce((sum, point) => sum + along(axes.left, point), 0) / centres.length;

  const rows = Math.ceil((topMm - bottomMm) / inPlaneMm);
  const columns = Math.ceil((backMm - frontMm) / inPlaneMm);
  return stored(storedAxes, axes, [
    { count: slices, stepMm: sliceMm, fromMm: middleMm - ((slices - 1) / 2) * sliceMm },
    { count: columns, stepMm: inPlaneMm, fromMm: frontMm + inPlaneMm / 2 },
    // The upper face of the top row is the edge itself.
    { count: rows, stepMm: inPlaneMm, fromMm: topMm - (rows - 0.5) * inPlaneMm },
  ]);
}

interface Axes {
  left: Vec3;
  back: Vec3;
  head: Vec3;
}

function slantedAxes([x, y, z]: Vec3): Axes {
  const r = product(turn(0, 0, z), turn(x, y, 0)) as [number, number, number, ...number[]];
  return { left: [r[0], r[3]!, r[6]!], back: [r[1], r[4]!, r[7]!], head: [r[2], r[5]!, r[8]!] };
}

function topPoint(body: Body, { topEdge, topShare, vertebraeInView }: Case): Vec3 {
  const { frame, level } = body.column.vertebrae[vertebraeInView - 1]!;
  const { discHeight } = body.column.discs[vertebraeInView]!.level;
  const half = level.height / 2;
  const share = topShare - 0.42;
  if (topEdge === 'cut') return pointIn(frame, [0, 0, -half + topShare * level.height]);
  if (topEdge === 'whole') return pointIn(frame, [0, 0, half + 0.4 * share * discHeight]);
  return pointIn(frame, [0, 0, half + discHeight + 2 + 2 * share]);
}

function skinPoints(body: Body, bottomMm: number, topMm: number): Vec3[] {
  const points: Vec3[] = [];
  for (let z = bottomMm; z <= topMm; z += 5) points.push([0, body.landmarks.skinY.at(z), z]);
  return points;
}

/** A row of voxel centres along one patient axis. */
interface Row {
  count: number;
  stepMm: number;
  fromMm: number;
}

/** The same voxels in the order and direction in which the hospital stores them. */
function stored(code: Protocol['axes'], { left, back, head }: Axes, rows: readonly [Row, Row, Row]): Grid {
  const directions = [left, back, head] as const;
  const order = [...code].map((letter) => ({
    axis: ({ L: 0, R: 0, P: 1, A: 1, S: 2, I: 2 } as const)[letter as 'L' | 'R' | 'P' | 'A' | 'S' | 'I'],
    sign: letter === 'L' || letter === 'P' || letter === 'S' ? 1 : -1,
  }));
  const first: Vec3 = [0, 1, 2].map((lps) =>
    order.reduce((sum, { axis, sign }) => {
      const { count, stepMm, fromMm } = rows[axis];
      return sum + directions[axis][lps]! * (sign > 0 ? fromMm : fromMm + (count - 1) * stepMm);
    }, 0),
  ) as [number, number, number];
  const per = (value: (row: Row) => number): [number, number, number] =>
    order.map(({ axis }) => value(rows[axis])) as [number, number, number];
  const direction = [0, 1, 2].flatMap((lps) => order.map(({ axis, sign }) => clean(sign * directions[axis][lps]!)));
  return {
    size: per(({ count }) => count),
    spacingMm: per(({ stepMm }) => stepMm),
    originLpsMm: first.map(clean) as [number, number, number],
    direction: direction as Grid['direction'],
  };
}

/** Ten decimals, and no minus zero, so that a header reads well. */
function clean(value: number): number {
  return Math.round(value * 1e10) / 1e10 + 0;
}
