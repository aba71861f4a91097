import { InvalidInputError } from './invalid-input.ts';
import { CANAL, MAX_VERTEBRAE, type StructureClass } from './labels.ts';
import { minus, SpineLine } from './spine-line.ts';
import { FrontBackProfile, piecesOf, type ClassPieces, type Piece } from './spine-pieces.ts';
import { labelsOf, wholeBox } from './structures.ts';
import type { Mask } from './volume.ts';

/** A piece under this share of its class's median piece is a fragment: it joins the structure it lies at and founds none. */
const FRAGMENT_SHARE = 0.1;
/** A fragment further than this from every structure's centre is dropped. */
const FRAGMENT_REACH_MM = 40;

/**
 * Numbers the structures of a mask that only tells classes apart: vertebrae 1, 2, … from the lowest, discs 201, 202, … by the
 * vertebra above them, canal 100, on the same grid.
 *   1. Pieces are 26-connected in 3D. Vertebral bodies are the pieces in front of the canal (without a canal: all).
 *   2. Bodies are counted from the feet up. Arches, behind the canal, belong to the body at whose height along the spine they
 *      lie (central slices cut the pedicles, so they are pieces of their own).
 *   3. A disc's number is one more than the count of bodies below it; without vertebrae, its own rank.
 *   4. Fragments (under 10 % of the class's median piece) go with the nearest structure, or are dropped beyond 40 mm.
 * Vertebrae that touch each other are one piece and get one number: it can't split them.
 * `classOf` names the class of every label that may occur, by its decimal number; `background` drops a label.
 * Throws InvalidInputError for a label without a class, and for more than 25 vertebrae or discs.
 */
export function instancesFromClasses(mask: Mask, classOf: Record<string, StructureClass | 'background'>): Mask {
  for (const label of labelsOf(mask)) {
    if (!Object.hasOwn(classOf, label)) {
      throw new InvalidInputError(
        'mask',
        'voxels',
        `labels with a class: ${Object.keys(classOf).join(', ')}`,
        `${label}`,
      );
    }
  }
  const pieces = (structure: StructureClass): ClassPieces => piecesOf(mask, structure, (label) => classOf[label]!);
  const [vertebra, disc, canal] = [pieces('vertebra'), pieces('disc'), pieces('canal')];
  const inCanal = new FrontBackProfile(mask, wholeBox(mask.grid.size), (at) => canal.components[at] !== 0);
  const { bodies, arches, fragments } = sortVertebrae(vertebra, inCanal);
  const spine = new SpineLine(bodies.map(({ centre }) => centre));
  const vertebraNumbers = new Map(bodies.map((body, i) => [body.component, i + 1]));
  for (const arch of arches) vertebraNumbers.set(arch.component, spine.bodyOfArch(arch.centre) + 1);
  attach(fragments, bodies.concat(arches), vertebraNumbers);
  const discNumbers = numberDiscs(disc, spine);

  const voxels = new Int16Array(mask.voxels.length);
  for (let at = 0; at < voxels.length; at++) {
    const vertebraPiece = vertebra.components[at]!;
    const discPiece = disc.components[at]!;
    if (vertebraPiece !== 0) voxels[at] = vertebraNumbers.get(vertebraPiece) ?? 0;
    else if (discPiece !== 0) voxels[at] = 200 + (discNumbers.get(discPiece) ?? -200);
    else if (canal.components[at] !== 0) voxels[at] = CANAL;
  }
  return { grid: mask.grid, element: 'SHORT', voxels };
}

function sortVertebrae(
  { pieces }: ClassPieces,
  canal: FrontBackProfile,
): { bodies: Piece[]; arches: Piece[]; fragments: Piece[] } {
  const { whole, fragments } = splitFragments(pieces);
  const behind = (piece: Piece): boolean => piece.centre[1] > (canal.at(piece.centre[2]) ?? Infinity);
  const bodies = feetFirst(whole.filter((piece) => !behind(piece)));
  // Without a single body in front there is nothing for arches to belong to: each is then a vertebra of its own.
  const arches = bodies.length === 0 ? [] : whole.filter(behind);
  const found = bodies.length === 0 ? feetFirst(whole) : bodies;
  return { bodies: atMost25(found, 'vertebrae'), arches, fragments };
}

function numberDiscs({ pieces }: ClassPieces, spine: SpineLine): Map<number, number> {
  const { whole, fragments } = splitFragments(pieces);
  const discs = feetFirst(whole);
  const numbers = new Map(
    discs.map((disc, i) => [disc.component, spine.isEmpty ? i + 1 : spine.bodiesBelow(disc.centre) + 1]),
  );
  atMost25(discs, 'discs');
  attach(fragments, discs, numbers);
  return numbers;
}

function splitFragments(pieces: readonly Piece[]): { whole: Piece[]; fragments: Piece[] } {
  const volumes = pieces.map((piece) => piece.volumeMm3).sort((a, b) => a - b);
  // Dust must not pull the median down: only pieces of at least 1 % of the largest have a say in it.
  const sized = volumes.filter((volume) => volume >= 0.01 * (volumes.at(-1) ?? 0));
  const limit = FRAGMENT_SHARE * (sized[Math.floor(sized.length / 2)] ?? 0);
  return {
    whole: pieces.filter((piece) => piece.volumeMm3 >= limit),
    fragments: pieces.filter((piece) => piece.volumeMm3 < limit),
  };
}

/** Gives each fragment the number of the structure whose centre is nearest, if one is in reach. */
function attach(fragments: readonly Piece[], structures: readonly Piece[], numbers: Map<number, number>): void {
  for (const fragment of fragments) {
    let nearest = { distance: FRAGMENT_REACH_MM, number: 0 };
    for (const piece of structures) {
      const distance = Math.hypot(...minus(fragment.centre, piece.centre));
      if (distance <= nearest.distance) nearest = { distance, number: numbers.get(piece.component)! };
    }
    if (nearest.number > 0) numbers.set(fragment.component, nearest.number);
  }
}

function feetFirst(pieces: readonly Piece[]): Piece[] {
  return [...pieces].sort((a, b) => a.centre[2] - b.centre[2]);
}

function atMost25(pieces: Piece[], what: string): Piece[] {
  if (pieces.length > MAX_VERTEBRAE) {
    throw new InvalidInputError('mask', what, `at most ${MAX_VERTEBRAE} pieces in a row`, `${pieces.length}`);
  }
  return pieces;
}
