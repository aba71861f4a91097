import type { Niivue } from '@niivue/niivue';

/** A place in the scanner's space: RAS, mm. */
export type PlaceMm = readonly [number, number, number];

/** Where a viewer's crosshair is. */
export function crosshairMm(niivue: Niivue): PlaceMm {
  const [x, y, z] = niivue.frac2mm(niivue.scene.crosshairPos);
  return [x!, y!, z!];
}

/** Moves a viewer's crosshair to a place, as far as its image reaches. */
export function moveCrosshair(niivue: Niivue, place: PlaceMm): void {
  const share = niivue.mm2frac([...place]);
  niivue.scene.crosshairPos = [0, 1, 2].map((axis) => Math.min(1, Math.max(0, share[axis]!)));
  niivue.drawScene();
}
