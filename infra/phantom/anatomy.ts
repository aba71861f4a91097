import { Random } from './random.ts';

const DEGREE = Math.PI / 180;

/** One vertebra with the disc below it, in millimetres and radians; `wedge` is positive where the front is taller. */
export interface Level {
  width: number;
  depth: number;
  height: number;
  wedge: number;
  /** How far the endplates sink in at their middle. */
  concavity: number;
  discHeight: number;
  discWedge: number;
  /** 0 a child's disc, 1 a collapsed one. */
  degeneration: number;
  /** How far the disc stands out backwards. */
  bulge: number;
  /** Turns of the vertebra against the one below: sideways and about its own axis. */
  tilt: number;
  twist: number;
  spinousLength: number;
  spinousHeight: number;
  spinousDrop: number;
  /** Share of fat in the marrow, 0 to 1, and Modic changes beside the disc below: type 1, 2 or none (0). */
  fat: number;
  modic: 0 | 1 | 2;
}

/** What a patient's body is like; drawn once, seen by every series. */
export interface Anatomy {
  sex: 'F' | 'M';
  ageYears: number;
  lumbarCount: 4 | 5 | 6;
  sacralSlope: number;
  /** From the lowest up. */
  levels: Level[];
  scale: number;
  sacDepth: number;
  sacWidth: number;
  /** Levels from the lowest up to where the cord ends. */
  conusLevel: number;
  skinFatMm: number;
  muscleFat: number;
  vesselRadiusMm: number;
  /** Where the middle of the lumbar column lies in the scanner. */
  offsetMm: [number, number, number];
}

// width, depth, height, wedge (degrees), disc height, disc wedge (degrees), spinous length, height, drop: L5 upwards.
// Adult means, rounded, from the morphometry of textbooks.
const LUMBAR = [
  [50, 35, 27.5, 9, 10.5, 13, 21, 13, 5],
  [48, 35, 27.5, 3, 11, 10, 27, 17, 6],
  [46, 34.5, 27.5, 1, 10.5, 8, 31, 19, 5],
  [44.5, 34, 27.5, -1, 10, 6, 31, 19, 5],
  [43.5, 33, 26.5, -3, 8.8, 4, 29, 18, 6],
];
const THORACIC = [
  [42.5, 32, 25.5, -4, 7.2, 2, 26, 16, 8],
  [40, 31, 24, -4, 6.2, 1, 26, 14, 12],
  [37, 30, 22.5, -4, 5.6, 0, 27, 12, 15],
  [35, 29, 21.5, -4, 5.2, 0, 28, 11, 17],
  [34, 28, 21, -4, 5, 0, 28, 11, 18],
  [33, 27, 20.5, -4, 4.8, 0, 28, 11, 18],
];

/** Draws a patient's body. `name` seeds the draw. */
export function drawAnatomy(name: string): Anatomy {
  const random = new Random(`${name}/anatomy`);
  const sex = random.chance(0.62) ? 'F' : 'M';
  const ageYears = Math.round(Math.max(19, Math.min(86, random.near(52, 15))));
  const scale = random.near(sex === 'F' ? 0.95 : 1.04, 0.035);
  const lumbarCount = random.chance(0.06) ? 4 : random.chance(0.08) ? 6 : 5;
  const slopeDegrees = random.near(37, 6);
  return {
    sex,
    ageYears,
    lumbarCount,
    sacralSlope: slopeDegrees * DEGREE,
    levels: drawLevels(random, { lumbarCount, slopeDegrees, scale, ageYears }),
    scale,
    sacDepth: random.near(14.8, 1) * scale,
    sacWidth: random.near(19, 1.2) * scale,
    conusLevel: random.between(3.6, 4.8) + lumbarCount - 5,
    skinFatMm: Math.max(7, random.near(sex === 'F' ? 24 : 18, 8)),
    muscleFat: Math.max(0.04, random.near(ageYears / 200, 0.08)),
    vesselRadiusMm: random.near(sex === 'F' ? 8 : 9, 1),
    offsetMm: [random.near(0, 4), random.near(0, 12), random.near(0, 15)],
  };
}

interface Build {
  lumbarCount: number;
  slopeDegrees: number;
  scale: number;
  ageYears: number;
}

function drawLevels(random: Random, { lumbarCount, slopeDegrees, scale, ageYears }: Build): Level[] {
  const lumbar = lumbarCount === 4 ? LUMBAR.filter((_, i) => i !== 3) : [...LUMBAR];
  if (lumbarCount === 6) lumbar.splice(3, 0, LUMBAR[2]!);
  // Steep sacra go with deep lordosis: the upper lumbar spine leans back by about 15 degrees in everyone.
  const lordosis = (slopeDegrees + random.near(16, 3)) / 54;
  const sideways = Math.abs(random.near(0, 1)) + (random.chance(0.1) ? 2.5 : 0);
  const phase = random.between(0, 2 * Math.PI);
  const wear = Math.max(0, (ageYears - 25) / 60);
  return [...lumbar, ...THORACIC].map((row, i): Level => {
    const [width, depth, height, wedge, discHeight, discWedge, length, spinousHeight, drop] = row;
    const low = i < 2 ? 0.22 : 0;
    const degeneration = Math.max(0, Math.min(1, random.near(0.75 * wear + low - 0.05, 0.24)));
    const collapse = degeneration > 0.55 ? 0.55 * (degeneration - 0.2) : 0.12 * degeneration;
    const bend = (k: number): number => sideways * Math.sin(phase + k * 1.1) * DEGREE;
    return {
      width: width! * scale * random.near(1, 0.015),
      depth: depth! * scale * random.near(1, 0.015),
      height: height! * scale * random.near(1, 0.02),
      wedge: (wedge! * lordosis + random.near(0, 0.8)) * DEGREE,
      concavity: random.near(2.2, 0.4) * scale,
      discHeight: discHeight! * scale * random.near(1, 0.05) * (1 - collapse),
      discWedge: discWedge! * lordosis * (1 - 0.5 * collapse) * DEGREE,
      degeneration,
      bulge: degeneration > 0.5 ? random.between(0.8, 4.2) : random.between(0, 1),
      tilt: bend(i + 1) - bend(i),
      twist: 0.4 * (bend(i + 1) - bend(i)),
      spinousLength: length! * scale * random.near(1, 0.06),
      spinousHeight: spinousHeight! * scale * random.near(1, 0.06),
      spinousDrop: drop! * scale,
      fat: Math.max(0, Math.min(1, random.near(ageYears / 95, 0.08))),
      modic: degeneration > 0.6 && random.chance(0.45) ? random.pick([1, 2] as const) : 0,
    };
  });
}
