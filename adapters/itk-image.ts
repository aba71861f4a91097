import type { Grid } from '../core/geometry.ts';
import { checkGrid, DEFAULT_MAX_VOXELS } from '../core/grid-check.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { ElementType, Volume, Voxels } from '../core/volume.ts';
import { refuseNonFinite } from './volume.ts';

const COMPONENT = {
  CHAR: 'int8',
  UCHAR: 'uint8',
  SHORT: 'int16',
  USHORT: 'uint16',
  INT: 'int32',
  UINT: 'uint32',
  FLOAT: 'float32',
  DOUBLE: 'float64',
} as const satisfies Record<ElementType, string>;

/** An image as itk-wasm has it and as its threads answer it, without metadata; direction row-major. */
export interface ItkImage {
  imageType: { dimension: number; componentType: string; pixelType: string; components: number };
  size: number[];
  spacing: number[];
  origin: number[];
  direction: number[];
  data: Voxels | BigInt64Array | BigUint64Array;
}

/** A volume as itk-wasm takes it. Its pipelines write a view into a larger buffer shifted: `data` must be a whole buffer. */
export function itkImage(grid: Grid, element: ElementType, data: Voxels): Record<string, unknown> {
  return {
    imageType: { dimension: 3, componentType: COMPONENT[element], pixelType: 'Scalar', components: 1 },
    name: 'volume',
    origin: [...grid.originLpsMm],
    spacing: [...grid.spacingMm],
    direction: Float64Array.from(grid.direction),
    size: [...grid.size],
    metadata: new Map(),
    data,
  };
}

/**
 * Takes an image that itk-wasm read as a volume, as strictly as the MHA gate: three dimensions, one component, a checked grid,
 * as many voxels as it says, all finite. 64-bit whole numbers become 32-bit ones if they fit.
 * Throws InvalidInputError.
 */
export function volumeOfItkImage(image: ItkImage, name: string, maxVoxels = DEFAULT_MAX_VOXELS): Volume {
  const { dimension, components, componentType } = image.imageType;
  if (dimension !== 3) throw new InvalidInputError(name, 'dimensions', '3', `${dimension}`);
  if (components !== 1) throw new InvalidInputError(name, 'components', '1', `${components}`);
  const grid = {
    size: image.size,
    spacingMm: image.spacing,
    originLpsMm: image.origin.map((mm) => mm + 0),
    direction: image.direction.map((cosine) => cosine + 0),
  } as Grid;
  checkGrid(grid, name, maxVoxels);
  const voxels = narrowed(image.data, name);
  const element = (Object.keys(COMPONENT) as ElementType[]).find((each) => COMPONENT[each] === elementName(voxels));
  if (element === undefined) throw new InvalidInputError(name, 'element type', 'one of MetaImage’s', componentType);
  const count = grid.size[0] * grid.size[1] * grid.size[2];
  if (voxels.length !== count) throw new InvalidInputError(name, 'voxels', `${count}`, `${voxels.length}`);
  refuseNonFinite(voxels, name);
  return { grid, element, voxels };
}

function elementName(voxels: Voxels): string {
  return voxels.constructor.name.replace(/Array$/, '').toLowerCase();
}

function narrowed(data: ItkImage['data'], name: string): Voxels {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const voxels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]!);
    voxels[i] = value;
    if (voxels[i] !== value) {
      throw new InvalidInputError(name, 'voxels', 'whole numbers of 32 bits', `a larger one at voxel ${i}`);
    }
  }
  return voxels;
}
