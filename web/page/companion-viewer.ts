import { Niivue, SLICE_TYPE } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';
import { crosshairMm, moveCrosshair, type PlaceMm } from './crosshair.ts';
import { niftiOf } from './nifti.ts';
import { niivueLook } from './niivue-look.ts';

/** Another image of the study, sagittal, to look at only. Its crosshair is where the other viewer's is, and the other way round. */
export class CompanionViewer {
  private following = false;

  private constructor(private readonly niivue: Niivue) {}

  /** `moved` is told when the crosshair is moved here by hand. Throws when the browser has no WebGL 2. */
  static async open(
    canvas: HTMLCanvasElement,
    image: Volume,
    moved: (place: PlaceMm) => void,
  ): Promise<CompanionViewer> {
    const niivue = new Niivue(niivueLook(image));
    await niivue.attachToCanvas(canvas, false);
    await niivue.loadFromArrayBuffer(niftiOf(image), 'image.nii');
    niivue.setSliceType(SLICE_TYPE.SAGITTAL);
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
