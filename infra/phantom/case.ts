import type { Vec3 } from '../../core/geometry.ts';
import type { Sequence } from '../../core/ids.ts';
import { PROTOCOLS, type PhantomHospital, type PhantomPreset } from './hospitals.ts';
import { Random } from './random.ts';

/** How the body lay when a series was made, against how it lies in the anatomy: turned (radians) and moved (LPS, mm). */
export interface Pose {
  turned: Vec3;
  movedMm: Vec3;
}

/** What the upper edge of the volume does: cuts the top vertebra, lies just above it, or lies above the disc over it. */
export type TopEdge = 'cut' | 'whole' | 'extra-disc';

/** What happens to a patient besides having a body: where they are imaged, what of them, and how they move. */
export interface Case {
  hospital: PhantomHospital;
  sequences: Sequence[];
  topEdge: TopEdge;
  /** Vertebrae in view, the cut one too. */
  vertebraeInView: number;
  /** Share of the top vertebra's body that stays in view when it is cut. */
  topShare: number;
  poses: Record<Sequence, Pose>;
  /** The sequence that was made after the patient had moved far, if any: its masks can't be propagated. */
  misaligned: Sequence | null;
  /** Turns of the slices against the scanner, radians. */
  oblique: Vec3;
}

/** The first patients have everything, so that a small cohort has initial references. */
const WELL_IMAGED = 6;
const STILL: Pose = { turned: [0, 0, 0], movedMm: [0, 0, 0] };

/** Draws what happens to patient `patient` (1, 2, …) of a seed; the same whatever the cohort's size. */
export function drawCase(preset: PhantomPreset, seed: number, patient: number): Case {
  const random = new Random(`${seed}/${patient}/case`);
  const hospital = hospitalOfPatient(seed, patient);
  const sequences = drawSequences(random, hospital, patient);
  const misaligned = drawMisaligned(random, seed, patient, sequences);
  const restless = random.chance(0.3);
  const pose = (sequence: Sequence): Pose => {
    if (sequence === misaligned) return { turned: [0.03, 0, 0.01], movedMm: drawFarMove(random) };
    return sequence === 't2_SPACE' ? STILL : drawPose(random, restless);
  };
  const edge = random.between(0, 1);
  return {
    hospital,
    sequences,
    topEdge: edge < 0.62 ? 'cut' : edge < 0.86 ? 'whole' : 'extra-disc',
    vertebraeInView: drawVertebrae(random, preset),
    topShare: random.between(0.42, 0.9),
    poses: { t1: pose('t1'), t2: pose('t2'), t2_SPACE: pose('t2_SPACE') },
    misaligned,
    oblique: PROTOCOLS[hospital].oblique
      ? [random.near(0, 0.03), random.near(0.05, 0.03), random.near(-0.06, 0.03)]
      : [0, 0, 0],
  };
}

/** Of five patients in a row two come from OH and one from each other hospital, in an order drawn by lot: SPIDER's shares. */
function hospitalOfPatient(seed: number, patient: number): PhantomHospital {
  const block = Math.floor((patient - 1) / 5);
  const order = new Random(`${seed}/hospitals/${block}`).shuffled(['OH', 'OH', 'RH1', 'RH2', 'UMC'] as const);
  return order[(patient - 1) % 5]!;
}

function drawSequences(random: Random, hospital: PhantomHospital, patient: number): Sequence[] {
  const [space, single] = [random.chance(0.08), random.chance(0.3)];
  if (patient <= WELL_IMAGED || hospital === 'UMC' || space) return ['t1', 't2', 't2_SPACE'];
  if (hospital === 'RH2' && single) return ['t2'];
  return ['t1', 't2'];
}

/** One of a seed's first four patients, and one in 25 of the others that have a SPACE series. */
function drawMisaligned(
  random: Random,
  seed: number,
  patient: number,
  sequences: readonly Sequence[],
): Sequence | null {
  const sequence = random.pick(['t1', 't2'] as const);
  const byLot = random.chance(0.04);
  const first = 1 + Math.floor(new Random(`${seed}/misaligned`).between(0, 4));
  const chosen = patient <= 4 ? patient === first : byLot;
  return chosen && sequences.includes('t2_SPACE') ? sequence : null;
}

function drawFarMove(random: Random): Vec3 {
  return [random.near(2, 1), random.between(4, 8), random.between(11, 16) * (random.chance(0.5) ? 1 : -1)];
}

function drawPose(random: Random, restless: boolean): Pose {
  const mm = restless ? 1.6 : 0.3;
  const angle = restless ? 0.012 : 0.002;
  return {
    turned: [random.near(0, angle), random.near(0, angle), random.near(0, angle)],
    movedMm: [random.near(0, mm), random.near(0, mm), random.near(0, mm)],
  };
}

function drawVertebrae(random: Random, preset: PhantomPreset): number {
  const lot = random.between(0, 1);
  if (preset === 'demo') return lot < 0.4 ? 5 : lot < 0.9 ? 6 : 7;
  return lot < 0.33 ? 6 : lot < 0.75 ? 7 : lot < 0.95 ? 8 : 9;
}
