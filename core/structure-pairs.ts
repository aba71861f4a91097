import { InvalidInputError } from './invalid-input.ts';
import { completeLabel, structureClass, type StructureClass } from './labels.ts';
import { sameGrid } from './orientation.ts';
import { boundingBoxes, boxSize, cropOf, jointBox, type Box } from './structures.ts';
import { surfaceDistances, type SurfaceDefinition, type SurfaceDistances } from './surface-distance.ts';
import type { Mask } from './volume.ts';

/** Masks hold labels 0–255. */
const LABELS = 256;

/** A structure in one of two masks, by its complete label: 101–125 as 1–25. */
export interface MaskStructure extends Box {
  label: number;
  class: StructureClass;
  voxels: number;
  /** How many of the voxels carry a label of 101–125. */
  partialVoxels: number;
}

/**
 * The structures of a reference and of a prediction on one grid, and how they lie to each other. 101–125 count as 1–25 on
 * both sides; other labels outside SPIDER's convention are no structures. Surfaces are measured on demand, within the box
 * around the two, and once per pair.
 */
export class StructurePairs {
  /** Ascending by label. */
  readonly references: readonly MaskStructure[];
  readonly predictions: readonly MaskStructure[];
  private readonly overlaps: Float64Array;
  private readonly surfaces = new Map<string, SurfaceDistances | undefined>();
  /** Every predicted label takes part in the matching of `largestOverlap`, also one that is no structure. */
  private readonly predicted: Map<number, Box & { voxels: number; partialVoxels: number }>;

  /** Throws InvalidInputError when the grids differ or a label is not in 0–255. */
  constructor(
    private readonly reference: Mask,
    private readonly prediction: Mask,
  ) {
    const grids = sameGrid(reference.grid, prediction.grid);
    if (!grids.same) throw new InvalidInputError('prediction', grids.field, grids.expected, grids.got);
    const own = completeBoxes(reference, 'reference');
    this.predicted = completeBoxes(prediction, 'prediction');
    this.overlaps = overlapTable(reference, prediction, own.values());
    this.references = structuresAmong(own);
    this.predictions = structuresAmong(this.predicted);
  }

  /** The predicted label that shares most voxels with a reference structure, the smaller one on a tie; null for none. */
  largestOverlap(label: number): number | null {
    let best: number | null = null;
    for (let p = 1; p < LABELS; p++) {
      const voxels = this.common(label, p);
      if (voxels > 0 && (best === null || voxels > this.common(label, best))) best = p;
    }
    return best;
  }

  /** Voxels that carry the one label in the reference and the other in the prediction. */
  common(label: number, predicted: number): number {
    return this.overlaps[label * LABELS + predicted]!;
  }

  get spacingMm(): readonly [number, number, number] {
    return this.reference.grid.spacingMm;
  }

  /** 2·|both| / (|reference| + |prediction|). */
  dice(reference: MaskStructure, predicted: number): number {
    return (2 * this.common(reference.label, predicted)) / (reference.voxels + this.voxelsOf(predicted));
  }

  voxelsOf(predicted: number): number {
    return this.predicted.get(predicted)?.voxels ?? 0;
  }

  /** Whether most voxels of a predicted vertebra say that it is only partly in view. */
  isPartial(predicted: number): boolean {
    const found = this.predicted.get(predicted);
    return found !== undefined && found.partialVoxels > found.voxels / 2;
  }

  /** Undefined when the prediction doesn't hold the label. */
  surface(reference: MaskStructure, predicted: number, definition: SurfaceDefinition): SurfaceDistances | undefined {
    const found = this.predicted.get(predicted);
    if (!found) return undefined;
    const key = `${definition} ${reference.label} ${predicted}`;
    if (!this.surfaces.has(key)) {
      const joint = jointBox(reference, found);
      const a = cropOf(this.reference, joint, bothForms(reference.label));
      const b = cropOf(this.prediction, joint, bothForms(predicted));
      this.surfaces.set(key, surfaceDistances(a, b, boxSize(joint), this.reference.grid.spacingMm, definition));
    }
    return this.surfaces.get(key);
  }
}

/** Voxels per pair of labels that are both no background, reference · 256 + prediction, after 101–125 became 1–25. */
function overlapTable(reference: Mask, prediction: Mask, references: Iterable<Box>): Float64Array {
  const table = new Float64Array(LABELS * LABELS);
  const box = [...references].reduce<Box | null>((joint, each) => (joint ? jointBox(joint, each) : each), null);
  if (!box) return table;
  const complete = Uint8Array.from({ length: LABELS }, (_, label) => completeLabel(label));
  const [nx, ny] = reference.grid.size;
  const [r, p] = [reference.voxels, prediction.voxels];
  for (let z = box.min[2]; z <= box.max[2]; z++) {
    for (let y = box.min[1]; y <= box.max[1]; y++) {
      const row = nx * (y + ny * z);
      for (let at = row + box.min[0]; at <= row + box.max[0]; at++) {
        const own = r[at]!;
        const other = p[at]!;
        if (own !== 0 && other !== 0) table[complete[own]! * LABELS + complete[other]!]!++;
      }
    }
  }
  return table;
}

/** Boxes by complete label, ascending: a vertebra labelled 3 here and 103 there is one structure. */
function completeBoxes(mask: Mask, name: string): Map<number, Box & { voxels: number; partialVoxels: number }> {
  const merged = new Map<number, Box & { voxels: number; partialVoxels: number }>();
  for (const [label, box] of boundingBoxes(mask)) {
    if (label < 0 || label >= LABELS) {
      throw new InvalidInputError(name, 'voxels', `labels from 0 to ${LABELS - 1}`, String(label));
    }
    const key = completeLabel(label);
    const other = merged.get(key);
    const { min, max } = other ? jointBox(box, other) : box;
    const voxels = box.voxels + (other?.voxels ?? 0);
    const partialVoxels = (key === label ? 0 : box.voxels) + (other?.partialVoxels ?? 0);
    merged.set(key, { min, max, voxels, partialVoxels });
  }
  return new Map([...merged].sort(([a], [b]) => a - b));
}

function structuresAmong(boxes: Map<number, Box & { voxels: number; partialVoxels: number }>): MaskStructure[] {
  return [...boxes].flatMap(([label, box]) => {
    const structure = structureClass(label);
    return structure ? [{ label, class: structure, ...box }] : [];
  });
}

/** A vertebra may be written as 1–25 or 101–125. */
function bothForms(label: number): number[] {
  return structureClass(label) === 'vertebra' ? [label, label + 100] : [label];
}
