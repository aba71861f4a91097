import { indexToLps, type Vec3 } from '../geometry.ts';
import { CANAL, completeLabel, isDisc, isPartialVertebra, isVertebra, structureClass } from '../labels.ts';
import { FrontBackProfile } from '../spine-pieces.ts';
import { SpineLine } from '../spine-line.ts';
import { boundingBoxes, incompleteVertebrae, type StructureBox } from '../structures.ts';
import type { Mask } from '../volume.ts';
import { piecesOfLabel, type LabelPiece } from './label-pieces.ts';

/**
 * What the gates ask of one mask. Boxes come from one pass over the voxels; everything else is worked out within the box of a
 * structure, when a gate asks for it, and once.
 */
export class Spine {
  readonly boxes: Map<number, StructureBox>;
  /** Present labels, ascending. */
  readonly labels: number[];
  private readonly pieceCache = new Map<number, LabelPiece[]>();
  private cutCache: ReadonlySet<number> | undefined;
  private canalCache: FrontBackProfile | undefined;
  private lineCache: { labels: number[]; line: SpineLine } | undefined;

  constructor(readonly mask: Mask) {
    this.boxes = boundingBoxes(mask);
    this.labels = [...this.boxes.keys()];
  }

  /** The complete forms of the vertebra labels present, ascending, each once. */
  get vertebrae(): number[] {
    return [...new Set(this.vertebraLabels.map(completeLabel))].sort((a, b) => a - b);
  }

  /** Vertebra labels as they are in the mask, 101–125 included, from the lowest number up. */
  get vertebraLabels(): number[] {
    const own = this.labels.filter((label) => isVertebra(label) || isPartialVertebra(label));
    return own.sort((a, b) => completeLabel(a) - completeLabel(b) || a - b);
  }

  get discs(): number[] {
    return this.labels.filter(isDisc);
  }

  /** Centre of a structure in LPS millimetres; undefined when it isn't there. */
  centreMm(label: number): Vec3 | undefined {
    const box = this.boxes.get(label);
    return box && indexToLps(this.mask.grid, box.centre);
  }

  /** How far up (mm, LPS z) the centre of a structure lies. */
  heightMm(label: number): number | undefined {
    return this.centreMm(label)?.[2];
  }

  voxels(label: number): number {
    return this.boxes.get(label)?.voxels ?? 0;
  }

  /** The 26-connected pieces of a label that is present, the largest first. */
  pieces(label: number): LabelPiece[] {
    const known = this.pieceCache.get(label);
    if (known) return known;
    const pieces = piecesOfLabel(this.mask, this.boxes.get(label)!, label).pieces;
    this.pieceCache.set(label, pieces);
    return pieces;
  }

  /** Whether the edge of the volume cuts a vertebra (see incompleteVertebrae): its parts may meet beyond it. */
  isCut(label: number): boolean {
    this.cutCache ??= new Set(incompleteVertebrae(this.mask, this.boxes));
    return structureClass(label) === 'vertebra' && this.cutCache.has(completeLabel(label));
  }

  /** Whether a structure reaches any of the six faces of the volume. */
  atFace(label: number): boolean {
    const { min, max } = this.boxes.get(label)!;
    return this.mask.grid.size.some((n, axis) => min[axis] === 0 || max[axis] === n - 1);
  }

  /** Whether a point lies behind the canal at its height; false without a canal. */
  isBehindCanal([, y, z]: Vec3): boolean {
    const box = this.boxes.get(CANAL);
    if (!box) return false;
    this.canalCache ??= new FrontBackProfile(this.mask, box, (at) => this.mask.voxels[at] === CANAL);
    return y > this.canalCache.at(z)!;
  }

  /** The label of the vertebra to whose body an arch at this point belongs; undefined without vertebrae. */
  bodyAt(arch: Vec3): number | undefined {
    this.lineCache ??= this.bodies();
    const { labels, line } = this.lineCache;
    return labels[line.bodyOfArch(arch)];
  }

  private bodies(): { labels: number[]; line: SpineLine } {
    const bodies = this.vertebraLabels.map((label) => {
      const pieces = this.pieces(label);
      return { label, centre: (pieces.find(({ centreMm }) => !this.isBehindCanal(centreMm)) ?? pieces[0]!).centreMm };
    });
    bodies.sort((a, b) => a.centre[2] - b.centre[2]);
    return { labels: bodies.map(({ label }) => label), line: new SpineLine(bodies.map(({ centre }) => centre)) };
  }
}
