import type { EvaluationSettings } from '../../core/evaluation-report.ts';

const SURFACES = {
  authors: 'voxels with a neighbour outside among all 26, both directions pooled (the SPIDER authors’ definition)',
  medpy: 'voxels with a neighbour outside among the 6 at their faces, both directions pooled (MedPy)',
  surfels: 'marching-cubes elements weighted by area, mean of the two directions (surface-distance)',
} as const;

/** What the numbers mean, for a reader who has only the page. */
export function definitions(settings: EvaluationSettings): string {
  const left = settings.leaveOutIncomplete ? 'left out' : 'scored like the others';
  const entries: [string, string][] = [
    ['Dice', 'Twice the common volume over the sum of the volumes. A missed structure counts 0.'],
    [
      'ASD',
      `Average absolute surface distance. The surface: ${SURFACES[settings.asd]}. Definitions differ by up to 30 %, so compare only figures made with the same one.`,
    ],
    ['HD95', '95 % of the surface distances are below it.'],
    ['Surface Dice', `The share of both surfaces that lies within ${settings.toleranceMm} mm of the other.`],
    [
      'spider protocol',
      'Each reference structure takes the predicted label that overlaps it most. One prediction may serve several; additional predictions cost nothing. Below a Dice of 0.1 it is missed: Dice 0, no distance.',
    ],
    [
      'strict protocol',
      'Within vertebrae, discs and canal, reference and prediction are paired one-to-one for the largest sum of Dice. Missed and extra structures count with Dice 0 and with the diagonal of their bounding box as distance.',
    ],
    [
      'Mean ± deviation',
      'Over structures, not over patients, as in the SPIDER paper; the deviation is that of a sample (n − 1).',
    ],
    ['Intervals', 'Percentile bootstrap over patients, 2000 draws; none is given for fewer than two patients.'],
    ['Incomplete vertebrae', `Those only partly in view are ${left}.`],
  ];
  return `<h2>How to read this</h2><dl>${entries.map(([term, text]) => `<dt>${term}</dt><dd>${text}</dd>`).join('')}</dl>`;
}
