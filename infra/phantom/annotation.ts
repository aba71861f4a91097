import { lpsToIndex, type Grid, type Vec3 } from '../../core/geometry.ts';
import { isDisc, isVertebra } from '../../core/labels.ts';
import { indexAxisOf } from '../../core/orientation.ts';
import type { Body } from './body.ts';
import type { Pose } from './case.ts';
import { pointIn, turn, type Frame } from './frame.ts';

/** An annotator draws a vertebra when so much of its body is in view, and a disc when so much of it is. */
const VERTEBRA_SHARE = 0.25;
const DISC_SHARE = 0.6;

/** Takes away, in place, what an annotator wouldn't draw: vertebrae and discs of which the edge leaves too little. */
export function keepAnnotated(labels: Int16Array, grid: Grid, body: Body, pose: Pose): void {
  const kept = new Set<number>();
  for (const { label, frame, level } of body.column.vertebrae) {
    if (shareInView(grid, pose, frame, [level.width / 2, level.depth / 2, level.height / 2]) < VERTEBRA_SHARE) break;
    kept.add(label);
  }
  for (const { label, frame, level, outline } of body.column.discs) {
    // A disc counts with its vertebra, and one more may lie above the topmost.
    if (!kept.has(label - 200) && !kept.has(label - 201)) break;
    if (shareInView(grid, pose, frame, [outline.a, outline.b, level.discHeight / 2]) < DISC_SHARE) break;
    kept.add(label);
  }
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!;
    if ((isVertebra(label) || isDisc(label)) && !kept.has(label)) labels[at] = 0;
  }
}

/** Share of a block around a frame that lies between the upper and lower, front and back edges of the grid. */
function shareInView(grid: Grid, { turned, movedMm }: Pose, frame: Frame, half: Vec3): number {
  const posed: Frame = { origin: movedMm, rotation: turn(...turned) };
  const axes = [indexAxisOf(grid, 1).axis, indexAxisOf(grid, 2).axis];
  const steps = [-0.9, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9];
  let inside = 0;
  for (const v of steps) {
    for (const w of steps) {
      const index = lpsToIndex(grid, pointIn(posed, pointIn(frame, [0, v * half[1], w * half[2]])));
      if (axes.every((axis) => index[axis] > -0.5 && index[axis] < grid.size[axis] - 0.5)) inside++;
    }
  }
  return inside / steps.length ** 2;
}
