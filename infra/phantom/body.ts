import { CANAL } from '../../core/labels.ts';
import type { Vec3 } from '../../core/geometry.ts';
import type { Anatomy } from './anatomy.ts';
import { buildColumn, type Column } from './column.ts';
import { Disc } from './disc.ts';
import { pointIn } from './frame.ts';
import { landmarksOf, type Landmarks } from './landmarks.ts';
import type { SacralSegment } from './sacrum.ts';
import { SoftTissue, type Place } from './soft-tissue.ts';
import { TISSUE, type Tissue } from './tissues.ts';
import { ValueNoise } from './value-noise.ts';
import { Vertebra } from './vertebra.ts';

const BIN_MM = 4;
const CORTEX_MM = 0.9;

/** The structures that may be at a height. */
interface Bin {
  vertebrae: Vertebra[];
  discs: Disc[];
  sacrum: SacralSegment[];
}

/** A patient's body: says of any point (LPS, mm) what it is made of and what label it bears. */
export class Body {
  /** Of the point asked for last. */
  tissue: Tissue = TISSUE.air;
  blend = 0;
  label = 0;
  readonly column: Column;
  readonly landmarks: Landmarks;
  private readonly soft: SoftTissue;
  /** By height, `BIN_MM` each, the first at `firstBin`. */
  private readonly bins: Bin[] = [];
  private readonly firstBin: number;
  /** Heights at which nerve roots leave. */
  private readonly rootsMm: Float64Array;
  private readonly place: Place = { x: 0, y: 0, z: 0, left: 0, behind: 0, fromFront: 0 };

  constructor(
    readonly anatomy: Anatomy,
    noiseName: string,
  ) {
    this.column = buildColumn(anatomy);
    this.landmarks = landmarksOf(anatomy, this.column);
    this.soft = new SoftTissue(anatomy, this.landmarks, new ValueNoise(noiseName));
    const sacrumEnds = this.column.sacrum.at(-1)!.frame.origin[2];
    this.firstBin = Math.floor(sacrumEnds / BIN_MM) - 10;
    this.rootsMm = Float64Array.from(this.column.discs, ({ frame }) => pointIn(frame, [0, 0, 9])[2]);
    for (const vertebra of this.column.vertebrae) this.spread(vertebra, (bin) => bin.vertebrae.push(vertebra));
    for (const disc of this.column.discs) this.spread(disc, (bin) => bin.discs.push(disc));
    for (const segment of this.column.sacrum) this.spread(segment, (bin) => bin.sacrum.push(segment));
  }

  /** Leaves tissue, blend and label behind. */
  sample(x: number, y: number, z: number): void {
    const { landmarks, place } = this;
    place.x = x;
    place.y = y;
    place.z = z;
    place.left = x - landmarks.canalX.at(z);
    place.behind = y - landmarks.canalY.at(z);
    place.fromFront = y - landmarks.frontY.at(z);
    this.label = 0;
    const inReach = place.fromFront > -14 && place.behind < 75 && place.left < 62 && place.left > -62;
    if (inReach && this.spine(x, y, z)) return;
    this.soft.sample(place);
    this.tissue = this.soft.tissue;
    this.blend = this.soft.blend;
  }

  private spine(x: number, y: number, z: number): boolean {
    const bin = this.bins[Math.floor(z / BIN_MM) - this.firstBin];
    if (bin) {
      if (this.vertebra(bin.vertebrae, x, y, z)) return true;
      for (const disc of bin.discs) {
        if (disc.distance(x, y, z) < 0) return this.found(TISSUE.disc, disc.water, disc.label);
      }
    }
    if (this.canal()) return true;
    if (bin)
      for (const segment of bin.sacrum) {
        const part = segment.partAt(x, y, z);
        if (part === 'disc') return this.found(TISSUE.disc, 0.15, 0);
        if (part) return this.found(TISSUE[part], this.anatomy.levels[0]!.fat, 0);
      }
    return this.epidural() || this.foramen(z);
  }

  private found(tissue: Tissue, blend: number, label: number): true {
    this.tissue = tissue;
    this.blend = blend;
    this.label = label;
    return true;
  }

  private vertebra(candidates: readonly Vertebra[], x: number, y: number, z: number): boolean {
    let deepest = 0;
    for (const vertebra of candidates) {
      const distance = vertebra.distance(x, y, z);
      if (distance >= deepest) continue;
      deepest = distance;
      this.label = vertebra.label;
      this.bone(vertebra, distance);
    }
    return deepest < 0;
  }

  private bone(vertebra: Vertebra, distance: number): void {
    const { level, u, v, w, bodyMm } = vertebra;
    if (distance > -CORTEX_MM) return this.bear(TISSUE.cortex, 0);
    if (bodyMm > -CORTEX_MM) return this.bear(TISSUE.marrow, Math.min(1, level.fat + 0.2));
    const { b } = vertebra.outline;
    // The basivertebral vein enters the body from behind, at mid-height.
    if (u < 4 && Math.abs(w) < 1.2 + v / b && v > b * 0.2) return this.bear(TISSUE.vein, 0);
    const toEndplate = vertebra.halfHeightAt(u, v) - Math.abs(w);
    const disc = w < 0 ? level : this.anatomy.levels[vertebra.label];
    if (disc?.modic && toEndplate < 5 + 3 * Math.cos(u / 9)) return this.bear(TISSUE.modic, disc.modic - 1);
    this.bear(TISSUE.marrow, level.fat);
  }

  private bear(tissue: Tissue, blend: number): void {
    this.tissue = tissue;
    this.blend = blend;
  }

  private canal(): boolean {
    const { left, behind, z } = this.place;
    const { landmarks: marks, anatomy } = this;
    if (z < marks.sacEndsMm || behind > 14 || behind < -14) return false;
    const share = marks.sacShare.at(z);
    const steep = marks.canalY.slopeAt(z);
    const p = left / ((anatomy.sacWidth / 2) * share);
    const q = behind / ((anatomy.sacDepth / 2) * share * Math.sqrt(1 + steep * steep));
    if (p * p + q * q > 1) return false;
    const aboveConus = z - marks.conusMm;
    if (aboveConus > 0) {
      const girth = Math.min(1, 0.35 + aboveConus / 40);
      const side = left / (4.6 * girth);
      const depth = (behind - 0.8) / (3.7 * girth);
      const cord = Math.sqrt(side * side + depth * depth);
      if (cord < 1) return this.found(TISSUE.cord, cord < 0.4 ? 1 : 0, CANAL);
      // The roots run down along the cord.
      return this.found(TISSUE.csf, behind > 0 && cord < 1.5 ? 0.45 : 0, CANAL);
    }
    // Lying down, the roots of the cauda equina sink to the back; they thin out downwards.
    const sunk = Math.max(0, Math.min(1, (q + 0.25) * 1.6)) * (1 - p * p * 0.5);
    const strands = 0.62 + 0.38 * Math.sin(left * 1.9 + z * 0.02) * Math.sin(behind * 2.3 - z * 0.03);
    const thinning = Math.max(0.25, 1 + aboveConus / 190);
    return this.found(TISSUE.csf, Math.min(1, 1.25 * sunk * strands * thinning), CANAL);
  }

  /** Fat between sac and bone, most of it behind and, low down, in front. */
  private epidural(): boolean {
    const { left, behind, z } = this.place;
    const { landmarks: marks, anatomy } = this;
    const low = Math.max(0, Math.min(1, (marks.promontoryMm + 15 - z) / 30));
    const p = left / (anatomy.sacWidth / 2 + 2.5);
    const q = (behind - 1.8 + 2 * low) / (anatomy.sacDepth / 2 + 3.5 + 3 * low);
    return p * p + q * q < 1 && this.found(TISSUE.fat, 0.05, 0);
  }

  /** Between the pedicles: fat, and in it the nerve root that leaves below the upper pedicle. */
  private foramen(z: number): boolean {
    const { left, behind } = this.place;
    const off = Math.abs(left);
    if (off < 8 || off > 23 || behind < -12 || behind > 9) return false;
    for (const root of this.rootsMm) {
      const up = z - root + (off - 14) * 0.5;
      if (up * up + (behind + 5) * (behind + 5) < 9) return this.found(TISSUE.cord, 0, 0);
    }
    return this.found(TISSUE.fat, 0.05, 0);
  }

  private spread(structure: Vertebra | Disc | SacralSegment, into: (bin: Bin) => void): void {
    const heights = cornersOf(structure).map((corner) => pointIn(structure.frame, corner)[2]);
    const low = Math.floor((Math.min(...heights) - 1) / BIN_MM);
    const high = Math.floor((Math.max(...heights) + 1) / BIN_MM);
    for (let at = low; at <= high; at++) {
      const index = at - this.firstBin;
      while (this.bins.length <= index) this.bins.push({ vertebrae: [], discs: [], sacrum: [] });
      if (index >= 0) into(this.bins[index]!);
    }
  }
}

/** The corners of a box around a structure, in its own coordinates. */
function cornersOf(structure: Vertebra | Disc | SacralSegment): Vec3[] {
  const [front, back, low, high] =
    structure instanceof Vertebra
      ? [-structure.outline.b - 2, structure.backmost, structure.lowest, structure.halfHeight + 12]
      : structure instanceof Disc
        ? [-structure.outline.b - 6, structure.outline.b + 6, -16, 16]
        : [-30, 45, -structure.halfHeight, structure.halfHeight];
  const corners: Vec3[] = [];
  for (const u of [-46, 46]) for (const v of [front, back]) for (const w of [low, high]) corners.push([u, v, w]);
  return corners;
}
