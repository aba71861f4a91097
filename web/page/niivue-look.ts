import { cmapper, DRAG_MODE, type Niivue } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';
import { labelColour } from './label-colours.ts';
import type { VoxelOrder } from './voxel-order.ts';

/** The crosshair's lines as a share of the image's largest extent: one to two pixels. */
const CROSSHAIR_SHARE = 0.0022;

const LOOK = {
  isRadiologicalConvention: true,
  sagittalNoseLeft: true,
  backColor: [0.03, 0.035, 0.045, 1],
  crosshairColor: [0.35, 0.75, 0.95, 0.55],
  crosshairWidthUnit: 'mm',
  crosshairGap: 6,
  isCornerOrientationText: false,
  fontColor: [0.72, 0.76, 0.82, 1],
  fontMinPx: 12,
  dragAndDropEnabled: false,
  viewModeHotKey: '',
  clipPlaneHotKey: '',
  cycleClipPlaneHotKey: '',
  logLevel: 'error',
  mouseEventConfig: {
    leftButton: { primary: DRAG_MODE.crosshair, withShift: DRAG_MODE.pan, withCtrl: DRAG_MODE.crosshair },
    rightButton: DRAG_MODE.windowing,
    centerButton: DRAG_MODE.pan,
  },
} as const satisfies ConstructorParameters<typeof Niivue>[0];

/** How every viewer of an image looks and takes the mouse: as radiologists are used to, and no keys of NiiVue's own. */
export function niivueLook({ grid }: Volume) {
  const largestMm = Math.max(...[0, 1, 2].map((axis) => grid.size[axis]! * grid.spacingMm[axis]!));
  return { ...LOOK, crosshairWidth: CROSSHAIR_SHARE * largestMm };
}

/** Outlines stand out whatever the filling's opacity is. */
export const RIM_OPACITY = 0.95;

/** The colours of a drawing, without those of hidden labels. */
export function drawingColours(hidden: ReadonlySet<number> = new Set()) {
  const labels = Array.from({ length: 256 }, (_, label) => label);
  const colours = labels.map(labelColour);
  const [R, G, B] = [0, 1, 2].map((channel) => colours.map((colour) => colour[channel]!));
  const A = labels.map((label) => (label === 0 || hidden.has(label) ? 0 : 255));
  return cmapper.makeDrawLut({ R: R!, G: G!, B: B!, A, I: labels });
}

/** How the voxels of a drawing over the loaded image are ordered. Throws when there is no image. */
export function drawingOrder({ volumes: [volume] }: Niivue): VoxelOrder {
  if (!volume?.dimsRAS || !volume.img2RASstart || !volume.img2RASstep) throw new Error('the image could not be shown');
  const [, nx, ny, nz] = volume.dimsRAS as [number, number, number, number];
  return {
    size: [nx, ny, nz],
    start: volume.img2RASstart.reduce((sum, start) => sum + start, 0),
    step: volume.img2RASstep as [number, number, number],
  };
}
