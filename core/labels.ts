/**
 * SPIDER's label convention (van der Graaf et al. 2023; Grand Challenge output interface): vertebrae 1–25 counted from the
 * lowest in view (1 is usually L5), canal 100, a vertebra only partly in view 101–125 (predictions only), discs 201–225
 * (201 lies below vertebra 1), background 0.
 */
export type StructureClass = 'vertebra' | 'disc' | 'canal';
export const STRUCTURE_CLASSES = ['vertebra', 'disc', 'canal'] as const;

export const BACKGROUND = 0;
export const CANAL = 100;
export const MAX_VERTEBRAE = 25;

export function isVertebra(label: number): boolean {
  return label >= 1 && label <= MAX_VERTEBRAE;
}
export function isPartialVertebra(label: number): boolean {
  return label >= 101 && label <= 100 + MAX_VERTEBRAE;
}
export function isDisc(label: number): boolean {
  return label >= 201 && label <= 200 + MAX_VERTEBRAE;
}

/** The class of a label, `undefined` for background and for unknown labels. A partly visible vertebra is a vertebra. */
export function structureClass(label: number): StructureClass | undefined {
  if (isVertebra(label) || isPartialVertebra(label)) return 'vertebra';
  if (isDisc(label)) return 'disc';
  return label === CANAL ? 'canal' : undefined;
}

/** 101–125 becomes 1–25; every other label stays. */
export function completeLabel(label: number): number {
  return isPartialVertebra(label) ? label - 100 : label;
}

const LEVELS_FROM_BELOW = ['L5', 'L4', 'L3', 'L2', 'L1', 'T12', 'T11', 'T10', 'T9', 'T8', 'T7', 'T6', 'T5', 'T4'];

function levelName(vertebra: number): string {
  return LEVELS_FROM_BELOW[vertebra - 1] ?? `vertebra ${vertebra}`;
}

/** The anatomical name if label 1 is L5 (usual, not certain: SPIDER counts from the lowest in view): "L5", "L5/S1 disc", "canal". */
export function labelName(label: number): string {
  if (label === CANAL) return 'canal';
  if (isVertebra(label)) return levelName(label);
  if (isPartialVertebra(label)) return `${levelName(label - 100)} (partly in view)`;
  if (isDisc(label)) {
    const above = label - 200;
    return `${levelName(above)}/${above === 1 ? 'S1' : levelName(above - 1)} disc`;
  }
  return label === BACKGROUND ? 'background' : `unknown label ${label}`;
}
