import type { Vec3 } from '../../core/geometry.ts';
import type { Anatomy } from './anatomy.ts';
import { BACK_WALL } from './block.ts';
import { Disc } from './disc.ts';
import { onward, pointIn, turn, type Frame } from './frame.ts';
import { SACRAL_SEGMENTS, SacralSegment } from './sacrum.ts';
import { Vertebra } from './vertebra.ts';

/** The spine of a patient, standing in patient space (LPS, mm). */
export interface Column {
  /** From the lowest up; disc i lies below vertebra i. */
  vertebrae: Vertebra[];
  discs: Disc[];
  /** From S1 down. */
  sacrum: SacralSegment[];
  /** The middle of the thecal sac, ascending. */
  canalNodes: Vec3[];
}

/** Gap between the back wall of a body and the sac, mm. */
const SAC_GAP_MM = 0.5;

/** Stands the spine up: from the sacral endplate disc by disc, each bending the column by its wedge. */
export function buildColumn(anatomy: Anatomy): Column {
  const { levels, scale, sacDepth, sacWidth } = anatomy;
  const base = sacralEndplate(anatomy);
  const vertebrae: Vertebra[] = [];
  const discs: Disc[] = [];
  const upper: Vec3[] = [];
  let frame = base;
  levels.forEach((level, i) => {
    const below = levels[i - 1] ?? { width: 50 * scale, depth: 34 * scale };
    const halfBend = turn(-level.discWedge / 2, level.tilt / 2, level.twist / 2);
    const middle = onward(onward(frame, 0, halfBend), level.discHeight / 2);
    const disc = new Disc(201 + i, middle, level, below);
    const floor = onward(onward(middle, level.discHeight / 2), 0, halfBend);
    const body = onward(onward(floor, 0, turn(-level.wedge / 2, 0, 0)), level.height / 2);
    const sac = {
      v: (level.depth / 2) * BACK_WALL + SAC_GAP_MM + sacDepth / 2,
      depth: sacDepth / 2,
      width: sacWidth / 2,
    };
    discs.push(disc);
    vertebrae.push(new Vertebra(i + 1, body, level, sac, scale));
    // The sac leaves the lowest disc a little, where fat fills the gap.
    upper.push(pointIn(middle, [0, sac.v + (i === 0 ? 1.5 : 0), 0]), pointIn(body, [0, sac.v, 0]));
    frame = onward(onward(body, level.height / 2), 0, turn(-level.wedge / 2, 0, 0));
  });
  const { segments, nodes } = buildSacrum(base, anatomy);
  return { vertebrae, discs, sacrum: segments, canalNodes: [...nodes.reverse(), ...upper] };
}

/** The frame on the sacral endplate, placed so that the middle of the lumbar column comes to the anatomy's offset. */
function sacralEndplate({ sacralSlope, scale, offsetMm }: Anatomy): Frame {
  const origin: Vec3 = [offsetMm[0], offsetMm[1] + 14 * scale, offsetMm[2] - 95 * scale];
  return { origin, rotation: turn(sacralSlope, 0, 0) };
}

function buildSacrum(endplate: Frame, { scale, sacDepth }: Anatomy): { segments: SacralSegment[]; nodes: Vec3[] } {
  const segments: SacralSegment[] = [];
  const nodes: Vec3[] = [];
  let frame = endplate;
  SACRAL_SEGMENTS.forEach(([height, , top, bottom, bend], rank) => {
    const depth = Math.max(2.5, sacDepth * (0.42 - 0.1 * rank));
    const half = ((top + bottom) / 4) * scale;
    const canal = { v: half * BACK_WALL + 3 * scale + depth, depth };
    const middle = onward(frame, (-height * scale) / 2);
    segments.push(new SacralSegment(rank, middle, scale, canal));
    if (rank < 3) nodes.push(pointIn(middle, [0, canal.v, 0]));
    frame = onward(onward(middle, (-height * scale) / 2), 0, turn(-bend * (Math.PI / 180), 0, 0));
  });
  return { segments, nodes };
}
