import type { Sequence } from '../../core/ids.ts';

/** What a point of the body is made of. Each is a mixture of two ends, between which `blend` runs from 0 to 1. */
export const TISSUE = {
  air: 0,
  skin: 1,
  /** Fat, with fibrous septa. */
  fat: 2,
  /** Muscle, with fat in it. */
  muscle: 3,
  /** Red marrow to fatty marrow. */
  marrow: 4,
  cortex: 5,
  /** Annulus, or a dried-out nucleus, to a watery nucleus. */
  disc: 6,
  /** Fluid to nerve roots. */
  csf: 7,
  cord: 8,
  /** Flowing blood to the vessel's wall. */
  vessel: 9,
  /** Gas and dark content to bright content and wall. */
  bowel: 10,
  /** Ligament to the fat between its fibres. */
  ligament: 11,
  vein: 12,
  /** Marrow beside a worn disc: Modic type 1 to type 2. */
  modic: 13,
} as const;
export type Tissue = (typeof TISSUE)[keyof typeof TISSUE];

type Ends = readonly [number, number];

/** Signal of both ends of each tissue, fluid on T2 = 1. Spin echo: T1 with TE 10 ms, T2 with 100 ms, SPACE with 125 ms. */
const SIGNALS: Record<keyof typeof TISSUE, Record<Sequence, Ends>> = {
  air: { t1: [0, 0], t2: [0, 0], t2_SPACE: [0, 0] },
  skin: { t1: [0.4, 0.4], t2: [0.3, 0.3], t2_SPACE: [0.25, 0.25] },
  fat: { t1: [0.95, 0.5], t2: [0.76, 0.36], t2_SPACE: [0.6, 0.3] },
  muscle: { t1: [0.29, 0.86], t2: [0.13, 0.66], t2_SPACE: [0.15, 0.5] },
  marrow: { t1: [0.5, 0.84], t2: [0.4, 0.66], t2_SPACE: [0.32, 0.52] },
  cortex: { t1: [0.07, 0.07], t2: [0.05, 0.05], t2_SPACE: [0.05, 0.05] },
  disc: { t1: [0.22, 0.32], t2: [0.07, 0.74], t2_SPACE: [0.09, 0.82] },
  csf: { t1: [0.11, 0.3], t2: [1, 0.42], t2_SPACE: [1.05, 0.46] },
  cord: { t1: [0.4, 0.36], t2: [0.35, 0.42], t2_SPACE: [0.4, 0.46] },
  vessel: { t1: [0.06, 0.3], t2: [0.03, 0.2], t2_SPACE: [0.03, 0.2] },
  bowel: { t1: [0.12, 0.6], t2: [0.06, 0.66], t2_SPACE: [0.06, 0.6] },
  ligament: { t1: [0.12, 0.72], t2: [0.07, 0.5], t2_SPACE: [0.08, 0.4] },
  vein: { t1: [0.3, 0.3], t2: [0.74, 0.74], t2_SPACE: [0.66, 0.66] },
  modic: { t1: [0.22, 0.92], t2: [0.72, 0.68], t2_SPACE: [0.6, 0.54] },
};

/** How uneven a tissue is, as a share of its signal. */
const TEXTURE: Record<keyof typeof TISSUE, number> = {
  air: 0,
  skin: 0.05,
  fat: 0.07,
  muscle: 0.16,
  marrow: 0.09,
  cortex: 0,
  disc: 0.1,
  csf: 0.05,
  cord: 0.04,
  vessel: 0.1,
  bowel: 0.2,
  ligament: 0.25,
  vein: 0.05,
  modic: 0.12,
};

/** Per tissue number: signal at blend 0, signal at blend 1, and unevenness. */
export interface Contrast {
  from: Float64Array;
  to: Float64Array;
  texture: Float64Array;
}

export function contrastOf(sequence: Sequence): Contrast {
  const names = Object.keys(TISSUE) as (keyof typeof TISSUE)[];
  return {
    from: Float64Array.from(names, (name) => SIGNALS[name][sequence][0]),
    to: Float64Array.from(names, (name) => SIGNALS[name][sequence][1]),
    texture: Float64Array.from(names, (name) => TEXTURE[name]),
  };
}
