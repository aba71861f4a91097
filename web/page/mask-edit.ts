/** One stroke: which voxels it changed, and their labels before and after. */
interface Stroke {
  indices: Uint32Array;
  before: Uint8Array;
  after: Uint8Array;
}

const LABELS = 256;

/**
 * What was drawn over a proposal, stroke by stroke, with undo and redo without limit.
 *   1. The viewer draws into a bitmap of its own; `record` compares it with what was known and takes the difference as a stroke.
 *   2. `undo` and `redo` write into that bitmap; the caller has the viewer show it.
 *   3. `changedVoxels` counts against the proposal, not against the last stroke: drawing and rubbing out again gives 0.
 * All arrays are in one voxel order, whichever; labels are 0–255.
 */
export class MaskEdit {
  private readonly base: Uint8Array;
  private readonly known: Uint8Array;
  private readonly counts = new Uint32Array(LABELS);
  private readonly done: Stroke[] = [];
  private undone: Stroke[] = [];
  private changed = 0;

  constructor(proposal: Uint8Array) {
    this.base = proposal.slice();
    this.known = proposal.slice();
    for (const label of proposal) this.counts[label]!++;
  }

  /** Voxels whose label differs from the proposal's. */
  get changedVoxels(): number {
    return this.changed;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** How many voxels carry a label now. */
  voxelsOf(label: number): number {
    return this.counts[label] ?? 0;
  }

  /** Labels with at least one voxel now, ascending, without 0. */
  labels(): number[] {
    return [...this.counts.keys()].filter((label) => label > 0 && this.counts[label]! > 0);
  }

  /**
   * Takes what was drawn since the last call as one stroke; returns how many voxels it changed (0: no stroke).
   * Voxels whose label `mayPaintOver` protects are given back to the bitmap as they were.
   */
  record(bitmap: Uint8Array, mayPaintOver: (label: number) => boolean = () => true): number {
    const { known } = this;
    const indices: number[] = [];
    for (let at = 0; at < known.length; at++) {
      if (bitmap[at] === known[at]) continue;
      if (mayPaintOver(known[at]!)) indices.push(at);
      else bitmap[at] = known[at]!;
    }
    if (indices.length === 0) return 0;
    const stroke: Stroke = {
      indices: Uint32Array.from(indices),
      before: Uint8Array.from(indices, (at) => known[at]!),
      after: Uint8Array.from(indices, (at) => bitmap[at]!),
    };
    this.put(stroke.indices, stroke.after, bitmap);
    this.done.push(stroke);
    this.undone = [];
    return indices.length;
  }

  /** Takes the last stroke back; false when there is none. */
  undo(bitmap: Uint8Array): boolean {
    const stroke = this.done.pop();
    if (!stroke) return false;
    this.put(stroke.indices, stroke.before, bitmap);
    this.undone.push(stroke);
    return true;
  }

  /** Draws the stroke that was taken back last; false when there is none. */
  redo(bitmap: Uint8Array): boolean {
    const stroke = this.undone.pop();
    if (!stroke) return false;
    this.put(stroke.indices, stroke.after, bitmap);
    this.done.push(stroke);
    return true;
  }

  /** The labels of the voxels that differ from the proposal, in an array of its own; `removed` where one is background now. */
  changes(removed: number): Uint8Array {
    return this.known.map((label, at) => (label === this.base[at] ? 0 : label || removed));
  }

  private put(indices: Uint32Array, labels: Uint8Array, bitmap: Uint8Array): void {
    for (let i = 0; i < indices.length; i++) {
      const at = indices[i]!;
      const [old, label] = [this.known[at]!, labels[i]!];
      this.counts[old]!--;
      this.counts[label]!++;
      this.changed += Number(label !== this.base[at]) - Number(old !== this.base[at]);
      this.known[at] = label;
      bitmap[at] = label;
    }
  }
}
