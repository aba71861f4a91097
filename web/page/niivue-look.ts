import { DRAG_MODE, type Niivue } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';

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
