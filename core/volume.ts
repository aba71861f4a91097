import type { Grid } from './geometry.ts';

/** Element types a volume may have here, named as in MetaImage without the MET_ prefix. */
export type ElementType = 'CHAR' | 'UCHAR' | 'SHORT' | 'USHORT' | 'INT' | 'UINT' | 'FLOAT' | 'DOUBLE';

export type Voxels =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** A scalar 3D volume. `voxels` holds grid.size[0]·[1]·[2] values, x fastest: index = x + nx·(y + ny·z). */
export interface Volume<T extends Voxels = Voxels> {
  grid: Grid;
  element: ElementType;
  voxels: T;
}

/** A label volume in SPIDER's convention (core/labels.ts); stored as MET_SHORT like SPIDER's masks. */
export type Mask = Volume<Int16Array>;
