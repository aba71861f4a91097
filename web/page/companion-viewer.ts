import { Niivue, SLICE_TYPE } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';
import { crosshairMm, moveCrosshair, type PlaceMm } from './crosshair.ts';
import { niftiOf } from './nifti.ts';
import { drawingColours, drawingOrder, niivueLook, RIM_OPACITY } from './niivue-look.ts';
import { toDisplay } from './voxel-order.ts';

const FILLING = 0.3;

/** Another image of the study, or another mask on the same image, sagittal, to look at only. Its crosshair is where the other viewer's is, and the other way round. */
export class CompanionViewer {
  private following = false;

  private constructor(private readonly niivue: Niivue) {}

  /**
   * `moved` is told when the crosshair is moved here by hand; `labels` (file order) are drawn over the image. Throws when the browser has
   * no WebGL 2.
   */
  static async open(
    canvas: HTMLCanvasElement,
    image: Volume,
    moved: (place: PlaceMm) => void,
    labels?: Uint8Array,
  ): Promise<CompanionViewer> {
    const niivue = new Niivue(niivueLook(image));
    await niivue.attachToCanvas(canvas, false);
    await niivue.loadFromArrayBuffer(niftiOf(image), 'image.nii');
    niivue.setSliceType(SLICE_TYPE.SAGITTAL);
    if (labels) draw(niivue, labels);
    const viewer = new CompanionViewer(niivue);
    niivue.onLocationChange = () => {
      if (!viewer.following) moved(crosshairMm(niivue));
    };
    return viewer;
  }

  /** Moves the crosshair to a place, as far as the image reaches. */
  goTo(place: PlaceMm): void {
    this.following = true;
    moveCrosshair(this.niivue, place);
    this.following = false;
  }

  close(): void {
    this.niivue.cleanup();
    this.niivue.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

function draw(niivue: Niivue, labels: Uint8Array): void {
  niivue.createEmptyDrawing();
  niivue.drawLut = drawingColours();
  niivue.updateGLVolume();
  niivue.drawBitmap!.set(toDisplay(labels, drawingOrder(niivue)));
  niivue.drawRimOpacity = RIM_OPACITY;
  niivue.setDrawOpacity(FILLING);
  niivue.setDrawingEnabled(false);
  niivue.refreshDrawing(true);
}
