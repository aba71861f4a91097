import type { Anatomy } from './anatomy.ts';
import type { Landmarks } from './landmarks.ts';
import { TISSUE, type Tissue } from './tissues.ts';
import type { ValueNoise } from './value-noise.ts';

/** A point of the body by its place relative to the landmarks at its height, mm. */
export interface Place {
  x: number;
  y: number;
  z: number;
  /** To the left of the canal's middle, and behind it. */
  left: number;
  behind: number;
  /** Behind the front of the column (negative in front of it). */
  fromFront: number;
}

/** Everything that is no spine: skin, fat, muscle, vessels, bowel. */
export class SoftTissue {
  tissue: Tissue = TISSUE.air;
  blend = 0;

  constructor(
    private readonly anatomy: Anatomy,
    private readonly marks: Landmarks,
    private readonly noise: ValueNoise,
  ) {}

  /** Leaves tissue and blend behind. */
  sample(place: Place): void {
    const across = place.left * place.left;
    // Muscle bulges on both sides of the midline's furrow; further out the back rounds off.
    const bulge = 1 - Math.exp(-across / 400);
    const toSkin = this.marks.skinY.at(place.z) + 3 * bulge - across / 260 - place.y;
    if (toSkin < 2) return this.set(toSkin < 0 ? TISSUE.air : TISSUE.skin, 0);
    const toFascia = this.marks.fasciaY.at(place.z) + 7 * bulge - across / 300 - place.y;
    if (toFascia < 0) return this.skinFat(place, toFascia);
    if (place.fromFront > 12) return this.back(place, toFascia);
    this.front(place);
  }

  private set(tissue: Tissue, blend: number): void {
    this.tissue = tissue;
    this.blend = blend;
  }

  private skinFat({ x, y, z }: Place, toFascia: number): void {
    if (toFascia > -1.4) return this.set(TISSUE.ligament, 0.1);
    const septum = Math.abs(this.noise.at(x / 14, y / 7, z / 20));
    this.set(TISSUE.fat, septum < 0.05 ? 0.8 : 0);
  }

  private back({ x, y, z, left, behind }: Place, toFascia: number): void {
    const off = Math.abs(left);
    if (toFascia < 2.5 && off < 5) return this.set(TISSUE.ligament, 0);
    if (off < 3.2 && behind > 8) {
      return this.set(TISSUE.ligament, 0.45 + 0.5 * this.noise.at(x / 5, y / 7, z / 9));
    }
    // In front of the sac the ligament lies on the bodies.
    if (behind < 0 && off < 8 && z > this.marks.promontoryMm + 4) return this.set(TISSUE.ligament, 0.15);
    if (behind < 12 && off < 24) return this.set(TISSUE.fat, 0.1);
    if (behind < -8 && off < 70) return this.psoas(z, off, behind);
    // Streaks of fat run along the fibres; more of them low down and close to the laminae.
    const streak = this.noise.at(x / 5, y / 6, z / 28) + 0.5 * this.noise.at(x / 2.5, y / 3, z / 14);
    const low = Math.max(0, Math.min(1, (this.marks.promontoryMm + 70 - z) / 110));
    const near = Math.exp(-Math.max(0, off - 4) / 9);
    const share = this.anatomy.muscleFat * (0.5 + 1.1 * low) + 0.22 * near * low;
    this.set(TISSUE.muscle, clamp((streak + 2.6 * share - 0.62) * 1.9));
  }

  /** The muscle beside the bodies; fat around it. */
  private psoas(z: number, off: number, behind: number): void {
    const down = clamp((this.marks.psoasTopMm - z) / 130);
    const wide = 4 + 15 * down;
    const p = (off - 24 - wide * 0.8) / wide;
    const q = (behind + 24 + 6 * down) / (6 + 16 * down);
    if (down > 0 && p * p + q * q < 1) return this.set(TISSUE.muscle, 0.03);
    this.set(TISSUE.fat, 0);
  }

  private front(place: Place): void {
    const { z, left, behind, fromFront } = place;
    if (fromFront > -1.6 && Math.abs(left) < 14) return this.set(TISSUE.ligament, 0.05);
    const vessel = this.vessel(z, left, fromFront);
    if (vessel < 0) return this.set(TISSUE.vessel, vessel > -1.2 ? 1 : 0);
    if (Math.abs(left) > 22) {
      this.psoas(z, Math.abs(left), behind);
      if (this.tissue === TISSUE.muscle) return;
    }
    const depth = -fromFront;
    const wall = (98 + 0.7 * this.anatomy.skinFatMm) * this.anatomy.scale - (left * left) / 300;
    if (depth > wall) return this.belly(depth - wall);
    if (depth < 20) return this.set(TISSUE.fat, 0.05);
    this.bowel(place);
  }

  private belly(beyond: number): void {
    const fat = this.anatomy.skinFatMm * 1.1;
    if (beyond < 9) return this.set(TISSUE.muscle, 0.05);
    if (beyond < 9 + fat) return this.set(TISSUE.fat, 0);
    this.set(beyond < 11 + fat ? TISSUE.skin : TISSUE.air, 0);
  }

  private bowel({ x, y, z }: Place): void {
    const { noise } = this;
    const loops = noise.at(x / 24, y / 24, z / 24) + 0.35 * noise.at(x / 9, y / 9, z / 9);
    if (loops < 0.02) return this.set(TISSUE.fat, 0);
    if (loops < 0.1) return this.set(TISSUE.bowel, 0.42);
    this.set(TISSUE.bowel, clamp(0.35 + 1.1 * noise.at(x / 40 + 7, y / 40, z / 40)));
  }

  /** Distance to aorta, vena cava or, below the fork, the iliac vessels, mm. */
  private vessel(z: number, left: number, fromFront: number): number {
    const radius = this.anatomy.vesselRadiusMm;
    const below = this.marks.forkMm - z;
    const apart = below > 0 ? 11 + below * 0.55 : 11;
    const r = radius * (1 - 0.32 * clamp(below / 14));
    const out = r + 3 + (below > 0 ? Math.min(12, below * 0.1) : 0);
    const aorta = length(left - apart, fromFront + out) - r;
    const cava = length((left + apart + 2) * 0.85, (fromFront + out - 1) * 1.15) - r;
    return aorta < cava ? aorta : cava;
  }
}

/** Much faster than Math.hypot. */
function length(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
