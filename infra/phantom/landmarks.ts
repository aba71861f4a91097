import type { Anatomy } from './anatomy.ts';
import type { Column } from './column.ts';
import { pointIn } from './frame.ts';
import { HeightProfile } from './height-profile.ts';

/** Where things lie at each height (LPS z, mm): LPS x or y in mm unless it says otherwise. */
export interface Landmarks {
  canalX: HeightProfile;
  canalY: HeightProfile;
  /** Size of the sac as a share of its size at the lumbar spine; it ends in the sacrum. */
  sacShare: HeightProfile;
  sacEndsMm: number;
  conusMm: number;
  /** Front of bodies, discs and sacrum. */
  frontY: HeightProfile;
  /** Behind the spinous processes, where muscle ends and fat begins; and the skin. */
  fasciaY: HeightProfile;
  skinY: HeightProfile;
  /** Heights of the sacral endplate, of the aorta's fork and of the uppermost psoas. */
  promontoryMm: number;
  forkMm: number;
  psoasTopMm: number;
}

type Points = (readonly [number, number])[];

export function landmarksOf(anatomy: Anatomy, column: Column): Landmarks {
  const { vertebrae, sacrum, canalNodes } = column;
  const s1 = sacrum[0]!;
  const promontoryMm = pointIn(s1.frame, [0, 0, s1.halfHeight])[2];
  const s2 = pointIn(sacrum[1]!.frame, [0, 0, 0])[2];
  const front: Points = [...sacrum]
    .reverse()
    .map(({ frame, halfDepth }) => place(pointIn(frame, [0, -halfDepth, 0])))
    .concat(vertebrae.map(({ frame, outline }) => place(pointIn(frame, [0, -outline.b, 0]))));
  const tips: Points = [...sacrum]
    .reverse()
    .map(({ frame, halfDepth, rank }) => place(pointIn(frame, [0, halfDepth + (24 - 2 * rank) * anatomy.scale, 0])))
    .concat(vertebrae.slice(1).map(tipOf));
  const skinFat = anatomy.skinFatMm;
  return {
    canalX: HeightProfile.through(
      canalNodes.map(([x, , z]) => [z, x]),
      8,
    ),
    canalY: HeightProfile.through(
      canalNodes.map(([, y, z]) => [z, y]),
      8,
    ),
    sacShare: HeightProfile.through(
      [
        [s2 - 12, 0.3],
        [s2, 0.55],
        [promontoryMm, 0.95],
        [promontoryMm + 20, 1],
      ],
      6,
    ),
    sacEndsMm: s2 - 10,
    conusMm: heightAtLevel(column, anatomy.conusLevel),
    frontY: HeightProfile.through(ascending(front), 4),
    fasciaY: HeightProfile.through(ascending(tips), 22),
    skinY: HeightProfile.through(ascending(tips.map(([z, y]) => [z, y + skinFat + 3])), 45),
    promontoryMm,
    forkMm: heightAtLevel(column, 1.4),
    psoasTopMm: heightAtLevel(column, 4.2),
  };
}

/** The height of a place on the column, counted in vertebrae from the middle of the lowest (0). */
function heightAtLevel({ vertebrae }: Column, level: number): number {
  const low = Math.max(0, Math.min(vertebrae.length - 2, Math.floor(level)));
  const a = vertebrae[low]!.frame.origin[2];
  return a + (vertebrae[low + 1]!.frame.origin[2] - a) * (level - low);
}

function tipOf({ frame, level, canal }: Column['vertebrae'][number]): readonly [number, number] {
  const tip = canal.v + canal.depth + 9 + level.spinousLength;
  return place(pointIn(frame, [0, tip, -0.22 * level.height - level.spinousDrop]));
}

function place([, y, z]: readonly [number, number, number]): readonly [number, number] {
  return [z, y];
}

function ascending(points: Points): Points {
  return [...points].sort((a, b) => a[0] - b[0]);
}
