import type { Sequence } from '../../core/ids.ts';
import { PROTOCOLS, type PhantomHospital, type PhantomPreset, type Protocol, type Sampling } from './hospitals.ts';
import { Random } from './random.ts';
import { contrastOf, type Contrast } from './tissues.ts';

/** How one series is made: what of the hospital's protocol holds for it, and what is its own. */
export interface SeriesProtocol {
  axes: Protocol['axes'];
  intensities: Protocol['intensities'];
  /** How much of the signal the saturation band leaves; 1 without one. */
  bandLeaves: number;
  noise: number;
  sampling: Sampling;
  /** How far below the sacral endplate and in front of the spine the volume reaches, mm. */
  reachMm: { below: number; front: number };
  contrast: Contrast;
  /** Share of its signal that a voxel gives to each neighbour in the slice. */
  spread: number;
}

const REACH_MM = { demo: { below: 52, front: 44 }, spider: { below: 82, front: 100 } };
const SPREAD = 0.11;

/**
 * The protocol of a series. With `demo` and `spider` it is the hospital's; with `wide` the series draws one of its own, and the
 * hospital decides only how it is stored. `name` seeds the draw.
 */
export function protocolOf(
  preset: PhantomPreset,
  hospital: PhantomHospital,
  sequence: Sequence,
  name: string,
): SeriesProtocol {
  const { axes, intensities, bandLeaves, noise, sampling } = PROTOCOLS[hospital];
  if (preset === 'wide') return { axes, ...drawProtocol(sequence, new Random(`${name}/${sequence}/protocol`)) };
  return {
    axes,
    intensities,
    bandLeaves: bandLeaves[sequence],
    noise,
    sampling: sampling[preset][sequence],
    reachMm: REACH_MM[preset],
    contrast: contrastOf(sequence),
    spread: SPREAD,
  };
}

function drawProtocol(sequence: Sequence, random: Random): Omit<SeriesProtocol, 'axes'> {
  const fine = sequence === 't2_SPACE';
  const sliceMm = fine ? random.between(0.9, 2.6) : random.between(3.2, 5);
  const widthMm = random.between(54, 74);
  return {
    intensities: random.chance(0.5) ? 'window' : 'raw',
    bandLeaves: random.chance(0.45) ? 1 : random.between(0.08, 0.6),
    noise: random.between(0.01, 0.07),
    sampling: { sliceMm, inPlaneMm: random.between(0.9, 2.2), slices: Math.ceil(widthMm / sliceMm) },
    reachMm: { below: random.between(25, 90), front: random.between(20, 105) },
    contrast: varied(contrastOf(sequence), random),
    spread: random.between(0.02, 0.24),
  };
}

/** Tissues that are brighter or darker, more or less even, than the textbook's: another echo time, another body. */
function varied({ from, to, texture }: Contrast, random: Random): Contrast {
  // Each tissue by a factor of its own, both of its ends alike; all towards or away from the mean by one power.
  const power = random.between(0.75, 1.3);
  const factors = from.map(() => Math.exp(random.near(0, 0.17)));
  const changed = (signals: Float64Array) => signals.map((signal, tissue) => signal ** power * factors[tissue]!);
  return { from: changed(from), to: changed(to), texture: texture.map((each) => each * random.between(0.6, 2)) };
}
