/** The voxels in which a drawing differs from its proposal: small enough to keep in the browser after every stroke. */
export interface MaskDifference {
  /** Ascending, in the file's voxel order. */
  indices: Uint32Array;
  /** The drawing's label at each of them. */
  labels: Uint8Array;
}

export function differenceOf(proposal: Uint8Array, drawing: Uint8Array): MaskDifference {
  const indices: number[] = [];
  for (let at = 0; at < proposal.length; at++) if (drawing[at] !== proposal[at]) indices.push(at);
  return { indices: Uint32Array.from(indices), labels: Uint8Array.from(indices, (at) => drawing[at]!) };
}

/** The drawing again, in an array of its own. Throws a RangeError when the difference is of a larger volume. */
export function withDifference(proposal: Uint8Array, { indices, labels }: MaskDifference): Uint8Array {
  const drawing = proposal.slice();
  indices.forEach((at, i) => {
    if (at >= drawing.length) throw new RangeError(`voxel ${at} lies beyond the ${drawing.length} of the proposal`);
    drawing[at] = labels[i]!;
  });
  return drawing;
}
