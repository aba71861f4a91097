import { Niivue, SLICE_TYPE } from '@niivue/niivue';
import type { Volume } from '../../core/volume.ts';
import { centralVoxel } from './central-voxel.ts';
import { crosshairMm, moveCrosshair, type PlaceMm } from './crosshair.ts';
import { windowLimits, type GreyRange, type GreyWindow } from './grey-window.ts';
import { niftiOf } from './nifti.ts';
import { drawingColours, drawingOrder, niivueLook, RIM_OPACITY } from './niivue-look.ts';
import { displayIndices, displayPlace, fileIndex, toDisplay, toFile, type VoxelOrder } from './voxel-order.ts';

/** The file that knows NiiVue, beside companion-viewer.ts. Its drawing is a bitmap in display order (voxel-order.ts); the files keep their own. */

export type Tool = 'move' | 'brush' | 'filled' | 'erase';
export type Layout = 'all' | 'sagittal' | 'coronal' | 'axial' | '3d';

/** Where the crosshair is: file voxel (x, y, z), the image's value and the drawing's label there. */
export interface Place {
  index: readonly [number, number, number];
  intensity: number;
  label: number;
}

export interface ViewerEvents {
  /** The crosshair moved. */
  moved(place: Place): void;
  /** The drawing may have changed by hand; `Viewer.bitmap` has it. */
  stroke(): void;
}

/** Sagittal first: it is how a spine is read. Positions are left, top, width, height as shares of the canvas. */
const ALL_VIEWS = [
  { sliceType: SLICE_TYPE.SAGITTAL, position: [0, 0, 0.56, 1] },
  { sliceType: SLICE_TYPE.CORONAL, position: [0.56, 0, 0.22, 0.56] },
  { sliceType: SLICE_TYPE.RENDER, position: [0.78, 0, 0.22, 0.56] },
  { sliceType: SLICE_TYPE.AXIAL, position: [0.56, 0.56, 0.44, 0.44] },
] satisfies Parameters<Niivue['setCustomLayout']>[0];

const SLICE_TYPES = {
  sagittal: SLICE_TYPE.SAGITTAL,
  coronal: SLICE_TYPE.CORONAL,
  axial: SLICE_TYPE.AXIAL,
  '3d': SLICE_TYPE.RENDER,
} as const;

export class Viewer {
  private tool: Tool = 'move';
  private label = 1;
  private opacity = 0.3;
  private shown = true;
  private readonly hidden = new Set<number>();
  private readonly ended = new AbortController();

  private constructor(
    private readonly niivue: Niivue,
    private readonly order: VoxelOrder,
    private readonly image: Volume,
    private readonly events: ViewerEvents,
  ) {}

  /** Shows an image with labels (file order) drawn over it. Throws when the browser has no WebGL 2. */
  static async open(
    canvas: HTMLCanvasElement,
    image: Volume,
    labels: Uint8Array,
    events: ViewerEvents,
  ): Promise<Viewer> {
    const niivue = new Niivue({
      ...niivueLook(image),
      show3Dcrosshair: false,
      tileMargin: 0,
      maxDrawUndoBitmaps: 1,
    });
    await niivue.attachToCanvas(canvas, false);
    await niivue.loadFromArrayBuffer(niftiOf(image), 'image.nii');
    const viewer = new Viewer(niivue, drawingOrder(niivue), image, events);
    viewer.begin(canvas, labels);
    return viewer;
  }

  /** The drawing as NiiVue has it, in display order: to compare with and to write into before `refresh`. */
  get bitmap(): Uint8Array {
    const { drawBitmap } = this.niivue;
    if (!drawBitmap) throw new Error('the viewer has no drawing');
    return drawBitmap;
  }

  /** The drawing in the file's voxel order, in an array of its own. */
  labels(): Uint8Array<ArrayBuffer> {
    return toFile(this.bitmap, this.order);
  }

  /** Replaces the drawing by labels in file order; not a stroke. */
  setLabels(labels: Uint8Array): void {
    this.bitmap.set(toDisplay(labels, this.order));
    this.refresh();
  }

  /** Shows other labels (display order) in the drawing's place until the next `refresh`; `bitmap` stays. */
  showInstead(labels: Uint8Array): void {
    const own = this.bitmap;
    this.niivue.drawBitmap = labels;
    this.niivue.refreshDrawing(true);
    this.niivue.drawBitmap = own;
  }

  /** The same with labels in file order. */
  showFileInstead(labels: Uint8Array): void {
    this.showInstead(toDisplay(labels, this.order));
  }

  /** Shows what was written into `bitmap`. */
  refresh(): void {
    this.niivue.refreshDrawing(true);
  }

  setTool(tool: Tool): void {
    this.tool = tool;
    this.niivue.setDrawingEnabled(tool !== 'move');
    this.applyPen();
  }

  /** The label that brush and filled pen draw. */
  setLabel(label: number): void {
    this.label = label;
    this.applyPen();
  }

  /** The brush's width in voxels of the slice; NiiVue makes it a square, odd sizes are exact. */
  setBrushSize(voxels: number): void {
    this.niivue.opts.penSize = voxels;
  }

  /** Of the fillings, 0 to 1; outlines stay. */
  setOpacity(opacity: number): void {
    this.opacity = opacity;
    this.niivue.drawRimOpacity = this.shown ? RIM_OPACITY : -1;
    // With nothing at all of the filling, NiiVue leaves the outlines out as well.
    this.niivue.setDrawOpacity(this.shown ? Math.max(opacity, 0.01) : 0);
  }

  showMask(shown: boolean): void {
    this.shown = shown;
    this.setOpacity(this.opacity);
  }

  /** Hides or shows one label; the voxels stay. */
  showLabel(label: number, shown: boolean): void {
    if (shown) this.hidden.delete(label);
    else this.hidden.add(label);
    this.applyColours();
  }

  setLayout(layout: Layout): void {
    if (layout === 'all') return this.niivue.setCustomLayout(ALL_VIEWS);
    this.niivue.clearCustomLayout();
    this.niivue.setSliceType(SLICE_TYPES[layout]);
  }

  /** Moves the crosshair to the voxel of a label that is nearest its centre; false when no voxel has it. */
  goToLabel(label: number): boolean {
    const at = centralVoxel(this.bitmap, this.order, label);
    if (at === null) return false;
    this.goTo(displayIndices(at, this.order));
    return true;
  }

  /** Moves the crosshair to a voxel by its file indices (x, y, z), which must lie within the image. */
  goToVoxel([x, y, z]: Place['index']): void {
    const [nx, ny] = this.image.grid.size;
    this.goTo(displayPlace(x + nx * (y + ny * z), this.order));
  }

  /** Where the crosshair is in the scanner's space: RAS, mm. */
  placeMm(): PlaceMm {
    return crosshairMm(this.niivue);
  }

  /** Moves the crosshair to a place in the scanner's space (RAS, mm), as far as the image reaches. */
  goToMm(place: PlaceMm): void {
    moveCrosshair(this.niivue, place);
    this.tellPlace();
  }

  /** Steps whole voxels: to the right of the patient's left, to the front, upwards. */
  step(x: number, y: number, z: number): void {
    this.niivue.moveCrosshairInVox(x, y, z);
  }

  /** Enlarges (factor above 1) about the crosshair; between 1 and 16 times. */
  zoom(factor: number): void {
    const { scene } = this.niivue;
    const [x, y, z, before] = scene.pan2Dxyzmm as unknown as [number, number, number, number];
    const after = Math.min(16, Math.max(1, before * factor));
    const centre = this.niivue.frac2mm(scene.crosshairPos);
    const change = before - after;
    const pan = after === 1 ? [0, 0, 0] : [x + change * centre[0], y + change * centre[1], z + change * centre[2]];
    this.niivue.setPan2Dxyzmm([pan[0]!, pan[1]!, pan[2]!, after]);
  }

  setWindow(window: GreyWindow): void {
    const [volume] = this.niivue.volumes;
    if (!volume) return;
    const robust = [volume.robust_min ?? 0, volume.robust_max ?? 1] as const;
    const range: GreyRange = { robust, whole: [volume.global_min ?? robust[0], volume.global_max ?? robust[1]] };
    [volume.cal_min, volume.cal_max] = windowLimits(window, range);
    this.niivue.updateGLVolume();
  }

  close(): void {
    this.ended.abort();
    this.niivue.cleanup();
    this.niivue.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  private goTo(indices: readonly number[]): void {
    this.niivue.scene.crosshairPos = indices.map((i, axis) => (i + 0.5) / this.order.size[axis]!);
    this.niivue.drawScene();
    this.tellPlace();
  }

  private begin(canvas: HTMLCanvasElement, labels: Uint8Array): void {
    this.niivue.createEmptyDrawing();
    this.applyColours();
    this.setLabels(labels);
    this.setOpacity(this.opacity);
    this.setTool('move');
    this.setLayout('all');
    this.niivue.onLocationChange = () => this.tellPlace();
    const { signal } = this.ended;
    // After NiiVue's own listeners, which end a stroke; leaving the canvas ends one as well.
    for (const event of ['mouseup', 'mouseleave', 'touchend'] as const) {
      canvas.addEventListener(event, () => this.drawLastPoint(), { signal, capture: true });
      canvas.addEventListener(event, () => this.tool !== 'move' && this.events.stroke(), { signal });
    }
    // NiiVue resets the window on a double click: two quick dabs of the brush are one too.
    canvas.addEventListener('dblclick', (event) => event.stopImmediatePropagation(), { signal, capture: true });
    canvas.addEventListener('wheel', (event) => this.wheelWithCtrl(event), { signal, capture: true, passive: false });
    this.tellPlace();
  }

  /** NiiVue's lines leave out the point that they lead to: without this, every stroke ends a voxel before the pointer. */
  private drawLastPoint(): void {
    const [x, y, z] = this.niivue.drawPenLocation as [number, number, number];
    if (this.tool === 'move' || this.tool === 'filled' || Number.isNaN(x)) return;
    this.niivue.drawPt(x, y, z, this.niivue.opts.penValue);
  }

  private wheelWithCtrl(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }

  private applyPen(): void {
    this.niivue.setPenValue(this.tool === 'erase' ? 0 : this.label, this.tool === 'filled');
  }

  private applyColours(): void {
    this.niivue.drawLut = drawingColours(this.hidden);
    this.niivue.updateGLVolume();
  }

  private tellPlace(): void {
    this.events.moved(this.place());
  }

  /** Where the crosshair is. */
  place(): Place {
    const { scene } = this.niivue;
    const { size } = this.order;
    const at = [0, 1, 2].map((axis) =>
      Math.min(size[axis]! - 1, Math.max(0, Math.floor(scene.crosshairPos[axis]! * size[axis]!))),
    ) as [number, number, number];
    const file = fileIndex(at, this.order);
    const [nx, ny] = this.image.grid.size;
    return {
      index: [file % nx, Math.floor(file / nx) % ny, Math.floor(file / (nx * ny))],
      intensity: this.image.voxels[file]!,
      label: this.bitmap[at[0] + size[0] * (at[1] + size[1] * at[2])]!,
    };
  }
}
