import { Niivue, SLICE_TYPE } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';
import { niftiOf } from './nifti.ts';
import { CROSSHAIR_SHARE, NIIVUE_LOOK } from './niivue-look.ts';

/** A place in the scanner's space: RAS, mm. */
export type PlaceMm = readonly [number, number, number];

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
    const widest = Math.max(...[0, 1, 2].map((a) => image.grid.size[a]! * image.grid.spacingMm[a]!));
    const niivue = new Niivue({ ...NIIVUE_LOOK, crosshairWidth: CROSSHAIR_SHARE * widest });
    await niivue.attachToCanvas(canvas, false);
    await niivue.loadFromArrayBuffer(niftiOf(image), 'image.nii');
    niivue.setSliceType(SLICE_TYPE.SAGITTAL);
    const viewer = new CompanionViewer(niivue);
    niivue.onLocationChange = () => {
      if (!viewer.following) moved(viewer.place);
    };
    return viewer;
  }

  /** Moves the crosshair to a place, as far as the image reaches. */
  goTo(place: PlaceMm): void {
    this.following = true;
    const share = this.niivue.mm2frac([...place]);
    this.niivue.scene.crosshairPos = [0, 1, 2].map((axis) => Math.min(1, Math.max(0, share[axis]!)));
    this.niivue.drawScene();
    this.following = false;
  }

  close(): void {
    this.niivue.cleanup();
    this.niivue.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  private get place(): PlaceMm {
    const [x, y, z] = this.niivue.frac2mm(this.niivue.scene.crosshairPos);
    return [x!, y!, z!];
  }
}
