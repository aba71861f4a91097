import type { HospitalSummary, SetSummary } from './summary.ts';

/** A figure of the paper beside what the tables at hand give. */
export interface PublishedFigure {
  figure: string;
  published: number;
  found: number;
  same: boolean;
  /** Why the two differ, as far as it is known. */
  remark: string | null;
}

/** Hospital codes as in core/overview.ts. */
const HOSPITALS = {
  UMC: { studies: 41, t1: 39, t2: 39, t2_SPACE: 41 },
  RH1: { studies: 43, t1: 43, t2: 37, t2_SPACE: 0 },
  RH2: { studies: 44, t1: 24, t2: 44, t2_SPACE: 0 },
  OH: { studies: 90, t1: 90, t2: 90, t2_SPACE: 0 },
} as const;

const SETS = {
  train: { patients: 179, series: 360, vertebrae: 2512, discs: 2518 },
  validation: { patients: 39, series: 87, vertebrae: 613, discs: 629 },
} as const;

const PUBLISHED_STUDIES = 218;

/** Whether a cohort is SPIDER's public part, by its number of studies, so that comparing it with the paper makes sense. */
export function isPublishedCohort(hospitals: readonly HospitalSummary[]): boolean {
  return hospitals.at(-1)?.studies === PUBLISHED_STUDIES;
}

/** The counts of Table 1 and 2 and the figures of the text (van der Graaf et al., Sci Data 2024) beside those found. */
export function comparePublished(
  hospitals: readonly HospitalSummary[],
  sets: readonly SetSummary[],
  voxelsFrom: 'table' | 'headers',
): PublishedFigure[] {
  const figures: PublishedFigure[] = [];
  const compare = (figure: string, published: number, found: number, remark: string | null = null) => {
    const same = published === found;
    figures.push({ figure, published, found, same, remark: same ? null : remark });
  };
  for (const [code, figure] of Object.entries(HOSPITALS)) {
    const own = hospitals.find(({ hospital }) => hospital === code);
    compare(`${code}: studies`, figure.studies, own?.studies ?? 0);
    for (const sequence of ['t1', 't2', 't2_SPACE'] as const)
      compare(`${code}: ${sequence} series`, figure[sequence], own?.sequences[sequence].series ?? 0);
  }
  for (const [name, figure] of Object.entries(SETS)) {
    const own = sets.find(({ set }) => set === name);
    for (const key of ['patients', 'series', 'vertebrae', 'discs'] as const)
      compare(`${name}: ${key}`, figure[key], own?.[key] ?? 0);
  }
  const all = hospitals.at(-1);
  const sex = all?.sex ?? { F: 0, M: 0, O: 0, unknown: 0 };
  const known = sex.F + sex.M + sex.O;
  compare(
    'female, %',
    63,
    known === 0 ? 0 : rounded((100 * sex.F) / known, 1),
    `${sex.F} of ${known} patients by the table`,
  );
  const smallest = Math.min(...['t1', 't2', 't2_SPACE'].map((name) => inPlane(all, name as 't1') ?? Infinity));
  compare(
    'smallest in-plane spacing, mm',
    0.24,
    Number.isFinite(smallest) ? rounded(smallest, 3) : 0,
    SMALLEST[voxelsFrom],
  );
  return figures;
}

const SMALLEST = {
  table: 'PixelSpacing as the scanners wrote it; the image files hold other values, down to 0.077 mm',
  headers: 'as the image files have it',
};

function inPlane(all: HospitalSummary | undefined, sequence: 't1' | 't2' | 't2_SPACE'): number | undefined {
  return all?.sequences[sequence].inPlaneMm?.least;
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
