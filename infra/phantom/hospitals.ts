import type { Sequence } from '../../core/ids.ts';

export const PHANTOM_HOSPITALS = ['RH1', 'RH2', 'OH', 'UMC'] as const;
export type PhantomHospital = (typeof PHANTOM_HOSPITALS)[number];

/**
 * `demo`: coarse, for two CPU cores. `spider`: the sizes of SPIDER's volumes. `wide`: to train networks on: each series has a
 * scanner of its own, with contrast, voxels, field of view, coil and noise drawn over wider ranges than four hospitals show.
 */
export const PHANTOM_PRESETS = ['demo', 'spider', 'wide'] as const;
export type PhantomPreset = (typeof PHANTOM_PRESETS)[number];

/** Slice distance and in-plane spacing in mm; number of slices. */
export interface Sampling {
  sliceMm: number;
  inPlaneMm: number;
  slices: number;
}

/** A preset whose hospitals image every patient alike. */
export type SteadyPreset = Exclude<PhantomPreset, 'wide'>;

/** How a hospital images and stores; all four differ. */
export interface Protocol {
  /** Sides towards which the stored index axes grow. PIL is left-handed. */
  axes: 'LPS' | 'PIR' | 'PIL';
  /** Whether its technicians tilt the slices after the spine. */
  oblique: boolean;
  /** `window`: −1000..3096, the 2nd and 98th percentile at the ends. `raw`: 0..1500. */
  intensities: 'window' | 'raw';
  /** How much of the signal a saturation band leaves in front of the spine; 1 without one. */
  bandLeaves: Record<Sequence, number>;
  /** Standard deviation of the noise, fluid on T2 = 1. */
  noise: number;
  sampling: Record<SteadyPreset, Record<Sequence, Sampling>>;
}

function sampling(sliceMm: number, inPlaneMm: number, slices: number): Sampling {
  return { sliceMm, inPlaneMm, slices };
}

const NO_BAND = { t1: 1, t2: 1, t2_SPACE: 1 };

export const PROTOCOLS: Record<PhantomHospital, Protocol> = {
  RH1: {
    axes: 'LPS',
    oblique: false,
    intensities: 'window',
    bandLeaves: NO_BAND,
    noise: 0.024,
    sampling: {
      demo: { t1: sampling(4.4, 1.9, 15), t2: sampling(4.4, 2, 15), t2_SPACE: sampling(2.4, 2.1, 28) },
      spider: { t1: sampling(4.4, 0.56, 15), t2: sampling(4.4, 0.62, 15), t2_SPACE: sampling(1, 0.75, 64) },
    },
  },
  RH2: {
    axes: 'LPS',
    oblique: true,
    intensities: 'window',
    bandLeaves: { t1: 1, t2: 0.35, t2_SPACE: 1 },
    noise: 0.036,
    sampling: {
      demo: { t1: sampling(4.5, 2.1, 14), t2: sampling(4.5, 2.1, 14), t2_SPACE: sampling(2.5, 2.2, 27) },
      spider: { t1: sampling(4.4, 0.68, 15), t2: sampling(4.4, 0.68, 15), t2_SPACE: sampling(1, 0.8, 64) },
    },
  },
  OH: {
    axes: 'PIR',
    oblique: false,
    intensities: 'raw',
    bandLeaves: { t1: 0.5, t2: 0.2, t2_SPACE: 0.5 },
    noise: 0.028,
    sampling: {
      demo: { t1: sampling(4, 1.8, 16), t2: sampling(4, 1.8, 16), t2_SPACE: sampling(2.3, 2.1, 28) },
      spider: { t1: sampling(3.3, 0.625, 18), t2: sampling(3.3, 0.625, 18), t2_SPACE: sampling(0.9, 0.7, 70) },
    },
  },
  UMC: {
    axes: 'PIL',
    oblique: true,
    intensities: 'raw',
    bandLeaves: { t1: 0.35, t2: 0.12, t2_SPACE: 0.25 },
    noise: 0.03,
    sampling: {
      demo: { t1: sampling(4.2, 2, 16), t2: sampling(4.2, 2, 16), t2_SPACE: sampling(2.2, 2, 30) },
      spider: { t1: sampling(3.3, 0.586, 19), t2: sampling(3.3, 0.586, 19), t2_SPACE: sampling(0.9, 0.7, 70) },
    },
  },
};
