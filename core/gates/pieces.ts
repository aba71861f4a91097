import { gateResult, type GateFix, type GateResult } from '../gate-result.ts';
import { CANAL, structureClass, type StructureClass } from '../labels.ts';
import { indexAxisOf } from '../orientation.ts';
import { gapMm, type LabelPiece } from './label-pieces.ts';
import type { Spine } from './spine.ts';

/** A structure may leave this share of its voxels outside its largest component before it is flagged. */
export const FRAGMENT_TOLERANCE = 0.1;

/** A piece further than this from the largest piece of its structure is a stray one: more than half the way to the next level. */
export const STRAY_GAP_MM = 20;

/** A small piece of canal is certainly wrong only beside the canal; above and below the rest it may be the canal going on. */
const CANAL_SIDE_GAP_MM = 10;

/**
 * The pedicles, which join arch and body, stand 20–30 mm apart. In a mask narrower than this, central slices, they are out of
 * view, and an arch is rightly a piece of its own.
 */
const PEDICLES_IN_VIEW_MM = 30;

export function canalPresent(spine: Spine): GateResult {
  const voxels = spine.voxels(CANAL);
  return gateResult('canal-present', 'flag', voxels > 0, {
    measured: `${voxels} voxels`,
    expected: 'at least 1',
    labels: [CANAL],
  });
}

export function canalContinuous(spine: Spine): GateResult {
  const share = spine.boxes.has(CANAL) ? spine.pieces(CANAL)[0]!.voxels / spine.voxels(CANAL) : 1;
  return gateResult('canal-continuous', 'flag', share >= 1 - FRAGMENT_TOLERANCE, {
    measured: percent(share),
    expected: `${percent(1 - FRAGMENT_TOLERANCE)} or more in one piece`,
    labels: [CANAL],
  });
}

/** Vertebrae and discs in one piece each; a vertebra's arch counts as joined to its body where the pedicles are out of view. */
export function oneComponent(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const checked = spine.labels.filter((label) => {
    const structure = structureClass(label);
    if (structure === undefined || structure === 'canal' || !classes.includes(structure)) return false;
    return !spine.isCut(label);
  });
  const shares = checked.map((label) => {
    const [main, ...others] = spine.pieces(label);
    const arches = others.filter((piece) => isArch(spine, label, piece));
    const whole = arches.reduce((sum, { voxels }) => sum + voxels, main!.voxels);
    return { label, share: whole / spine.voxels(label) };
  });
  const split = shares.filter(({ share }) => share < 1 - FRAGMENT_TOLERANCE);
  return gateResult('one-component', 'flag', split.length === 0, {
    measured:
      split.map(({ label, share }) => `${label}: ${percent(share)}`).join(', ') || `${checked.length} in one piece`,
    expected: `${percent(1 - FRAGMENT_TOLERANCE)} or more of each in one piece`,
    labels: split.map(({ label }) => label),
  });
}

/** A detached arch lies at the height of its own body. Small pieces (within the tolerance) are not asked. */
export function archAtBody(spine: Spine): GateResult {
  const arches = spine.vertebraLabels
    .filter((label) => !spine.isCut(label))
    .flatMap((label) =>
      spine
        .pieces(label)
        .slice(1)
        .filter((piece) => isArch(spine, label, piece) && piece.voxels > FRAGMENT_TOLERANCE * spine.voxels(label))
        .map((piece) => ({ label, body: spine.bodyAt(piece.centreMm) })),
    );
  const wrong = arches.filter(({ label, body }) => body !== label);
  return gateResult('arch-at-body', 'flag', wrong.length === 0, {
    measured:
      wrong.map(({ label, body }) => `an arch of ${label} at body ${body}`).join(', ') ||
      `${arches.length} detached arches`,
    expected: 'each at the height of its own body',
    labels: [...new Set(wrong.map(({ label }) => label))],
  });
}

/** No piece lies far from the rest of its structure. */
export function noStrayPieces(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const found = spine.labels
    .filter((label) => {
      const structure = structureClass(label);
      return structure !== undefined && classes.includes(structure);
    })
    .map((label) => ({ label, ...strayPieces(spine, label) }))
    .filter(({ pieces }) => pieces.length > 0);
  const furthest = Math.max(0, ...found.map(({ gap }) => gap));
  const measured = found.map(({ label, pieces }) => `${label}: ${pieces.length}`).join(', ');
  return gateResult('no-stray-pieces', 'flag', found.length === 0, {
    measured: found.length === 0 ? 'none' : `${measured} (up to ${Math.round(furthest)} mm away)`,
    expected: `no piece more than ${STRAY_GAP_MM} mm from its structure`,
    labels: found.map(({ label }) => label),
    fix: removal(found),
  });
}

/** The stray pieces of a label; `certain` are those whose removal is proposed: at most a tenth of the structure. */
export function strayPieces(spine: Spine, label: number): { pieces: LabelPiece[]; certain: LabelPiece[]; gap: number } {
  const [main, ...others] = spine.pieces(label);
  const { grid } = spine.mask;
  // What lies behind the canal at the height of its body is of the arch, however far the two are apart.
  const atOwnBack = ({ centreMm }: LabelPiece): boolean =>
    structureClass(label) === 'vertebra' && spine.isBehindCanal(centreMm) && spine.bodyAt(centreMm) === label;
  const far = others.filter((piece) => gapMm(grid, main!, piece) > STRAY_GAP_MM);
  const pieces = spine.isCut(label) ? [] : far.filter((piece) => !isArch(spine, label, piece) && !atOwnBack(piece));
  const along = indexAxisOf(grid, 2).axis;
  const sideways = [0, 1, 2].filter((axis) => axis !== along);
  const certain = pieces.filter(
    (piece) =>
      piece.voxels <= FRAGMENT_TOLERANCE * spine.voxels(label) &&
      (label !== CANAL || gapMm(grid, main!, piece, sideways) > CANAL_SIDE_GAP_MM),
  );
  return { pieces, certain, gap: Math.max(0, ...pieces.map((piece) => gapMm(grid, main!, piece))) };
}

function removal(found: readonly { label: number; certain: LabelPiece[] }[]): GateFix | undefined {
  const sure = found.filter(({ certain }) => certain.length > 0);
  if (sure.length === 0) return undefined;
  const pieces = sure.flatMap(({ certain }) => certain);
  const voxels = pieces.reduce((sum, piece) => sum + piece.voxels, 0);
  const labels = sure.map(({ label }) => label);
  const what = `${pieces.length} stray ${pieces.length === 1 ? 'piece' : 'pieces'} of ${labels.join(', ')}`;
  return { kind: 'remove-pieces', labels, voxels, description: `make ${what} background (${voxels} voxels)` };
}

/** Whether a piece is the arch of a vertebra of which only central slices are there. */
function isArch(spine: Spine, label: number, piece: LabelPiece): boolean {
  if (structureClass(label) !== 'vertebra' || !spine.isBehindCanal(piece.centreMm)) return false;
  const { axis } = indexAxisOf(spine.mask.grid, 0);
  const { min, max } = spine.boxes.get(label)!;
  return (max[axis] - min[axis] + 1) * spine.mask.grid.spacingMm[axis] < PEDICLES_IN_VIEW_MM;
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
