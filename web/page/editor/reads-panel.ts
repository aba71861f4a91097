import { labelName } from '../../../core/labels.ts';
import {
  DIFFERENCE,
  differencePicture,
  differentPlaces,
  placeOfStructure,
  structureDifferences,
  withStructureOf,
  type DifferentPlace,
  type StructureDifference,
} from '../../../core/read-difference.ts';
import { h, key } from '../dom.ts';
import { cssColour } from '../label-colours.ts';
import type { Place } from '../viewer.ts';
import { score } from '../words.ts';
import type { OpenTask, Read } from './open-task.ts';

/** What is shown over the image: the mask that is drawn, one of the reads, or where they differ. */
type Shown = 'own' | 'A' | 'B' | 'difference';

export interface ReadsEvents {
  /** The drawing in file order, in an array of its own. */
  labels(): Uint8Array;
  /** Replaces the drawing, as one stroke. */
  replace(labels: Uint8Array): void;
  /** Shows other labels (file order) in the drawing's place; null: the drawing again. */
  show(labels: Uint8Array | null): void;
  goTo(voxel: Place['index']): void;
}

const VIEWS: readonly (readonly [Shown, string, string])[] = [
  ['own', 'My mask', 'The mask that is submitted'],
  ['A', 'Read A', 'What one reader drew (Q: read A, read B, my mask)'],
  ['B', 'Read B', 'What the other one drew (Q: read A, read B, my mask)'],
  ['difference', 'Differences', 'Where the two differ (H)'],
];

/**
 * Two independent reads to decide between: each of them over the image, where they differ, what differs structure by structure, and
 * ways to take either of them, whole or one structure of it. Who the readers are is not told.
 */
export class ReadsPanel {
  readonly element: HTMLElement;
  private readonly views = new Map<Shown, HTMLButtonElement>();
  private readonly legend = legend();
  private readonly where = h('p', { class: 'muted where', role: 'status' });
  private readonly own = h('p', { class: 'own', role: 'status' });
  private readonly a: Read;
  private readonly b: Read;
  private readonly size: OpenTask['image']['grid']['size'];
  private readonly places: DifferentPlace[];
  private shown: Shown = 'own';
  private place = -1;

  /** Throws when there are not two reads. */
  constructor(
    { reads, image }: OpenTask,
    private readonly mayDraw: boolean,
    private readonly events: ReadsEvents,
  ) {
    const [a, b] = reads;
    if (!a || !b) throw new Error('there are no two reads to decide between');
    [this.a, this.b] = [a, b];
    this.size = image.grid.size;
    this.places = differentPlaces(a.labels, b.labels, this.size);
    const structures = structureDifferences(a.labels, b.labels);
    const next = h(
      'button',
      { class: 'next-place', disabled: this.places.length === 0, on: { click: () => this.nextPlace() } },
      'Next difference',
      key('P'),
    );
    this.element = h(
      'section',
      { class: 'reads', 'aria-label': 'Two reads' },
      h('h3', {}, 'Two reads'),
      h('p', { class: 'muted' }, 'Neither reader saw the other’s mask. Who they are is not shown.'),
      h('div', { class: 'row views', role: 'group', 'aria-label': 'Shown over the image' }, ...this.viewButtons()),
      this.legend,
      next,
      this.where,
      structures.length > 0 && this.table(structures),
      h('div', { class: 'row' }, this.takeAll(a), this.takeAll(b)),
      this.own,
    );
    this.view('own');
    this.update();
  }

  /** The drawing is seen again, whatever was shown in its place. */
  ownShown(): void {
    this.mark('own');
  }

  /** The drawing has changed. */
  update(): void {
    this.own.textContent = ownWords(this.events.labels(), this.a, this.b);
  }

  /** One read, then the other, then the drawing again. */
  flip(): void {
    this.view(this.shown === 'A' ? 'B' : this.shown === 'B' ? 'own' : 'A');
  }

  /** Shows where the reads differ, or the drawing again. */
  toggleDifference(): void {
    this.view(this.shown === 'difference' ? 'own' : 'difference');
  }

  /** The next smaller place where the reads differ, the largest first and again after the last. */
  nextPlace(): void {
    if (this.places.length === 0) return;
    this.place = (this.place + 1) % this.places.length;
    const place = this.places[this.place]!;
    this.go(place);
    this.where.textContent = `Place ${this.place + 1} of ${this.places.length}: ${placeWords(place)}`;
  }

  /** What either read has at a voxel, for the line under the image. */
  at([x, y, z]: Place['index']): string {
    const [nx, ny] = this.size;
    const at = x + nx * (y + ny * z);
    return `A: ${labelName(this.a.labels[at]!)} · B: ${labelName(this.b.labels[at]!)}`;
  }

  private view(shown: Shown): void {
    this.mark(shown);
    if (shown === 'own') this.events.show(null);
    else if (shown === 'difference') this.events.show(differencePicture(this.a.labels, this.b.labels));
    else this.events.show(shown === 'A' ? this.a.labels : this.b.labels);
  }

  private mark(shown: Shown): void {
    this.shown = shown;
    for (const [each, button] of this.views) button.setAttribute('aria-pressed', String(each === shown));
    this.legend.hidden = shown !== 'difference';
  }

  private viewButtons(): HTMLElement[] {
    return VIEWS.map(([shown, name, title]) => {
      const button = h('button', { title, on: { click: () => this.view(shown) } }, name);
      this.views.set(shown, button);
      return button;
    });
  }

  private go({ at }: DifferentPlace): void {
    const [nx, ny] = this.size;
    this.events.goTo([at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]);
  }

  private table(structures: readonly StructureDifference[]): HTMLElement {
    const heads: [string, string][] = [
      ['Structure', 'Those that are the same to the voxel are left out'],
      ['Differ', 'Voxels that only one of the reads has'],
      ['Dice', 'Agreement of the two reads: 1 is the same, 0 is nothing in common'],
      ['Take', 'This structure as one of the reads has it'],
    ];
    return h(
      'table',
      { 'aria-label': 'Structures that differ' },
      h('thead', {}, h('tr', {}, ...heads.map(([name, title]) => h('th', { scope: 'col', title }, name)))),
      h('tbody', {}, ...structures.map((each) => this.row(each))),
    );
  }

  private row({ label, voxelsA, voxelsB, voxelsDiffer, dice }: StructureDifference): HTMLElement {
    const name = labelName(label);
    const swatch = h('span', { class: 'swatch' });
    swatch.style.background = cssColour(label);
    const jump = () => {
      const place = placeOfStructure(this.a.labels, this.b.labels, this.size, label);
      if (!place) return;
      this.go(place);
      this.where.textContent = `${name}, ${placeWords(place)}`;
    };
    const sizes = `${voxelsA.toLocaleString()} voxels in A, ${voxelsB.toLocaleString()} in B`;
    const take = (read: Read, voxels: number) =>
      h(
        'button',
        {
          class: 'tool chip',
          disabled: !this.mayDraw,
          'aria-label': `Take ${name} from read ${read.name}`,
          title:
            voxels === 0 ? `Read ${read.name} has no ${name}: takes it out` : `${name} as read ${read.name} has it`,
          on: { click: () => this.events.replace(withStructureOf(this.events.labels(), read.labels, label)) },
        },
        read.name,
      );
    const go = { class: 'structure', title: `${sizes}: go to where they differ`, on: { click: jump } };
    return h(
      'tr',
      {},
      h('td', {}, h('button', go, swatch, h('span', { class: 'name' }, name))),
      h('td', { class: 'number' }, voxelsDiffer.toLocaleString()),
      h('td', { class: 'number' }, voxelsA === 0 ? 'only B' : voxelsB === 0 ? 'only A' : score(dice)),
      h('td', {}, h('span', { class: 'takes' }, take(this.a, voxelsA), take(this.b, voxelsB))),
    );
  }

  private takeAll(read: Read): HTMLElement {
    const title = `My mask becomes read ${read.name}; to go on from it, or to submit it`;
    const click = () => this.events.replace(read.labels);
    return h(
      'button',
      { class: 'tool', title, disabled: !this.mayDraw, on: { click } },
      `Take all of read ${read.name}`,
    );
  }
}

/** For a series that only one of the two drew. */
export function oneReadNotice(because: string | undefined): HTMLElement {
  return h(
    'section',
    { class: 'reads', 'aria-label': 'Two reads' },
    h('h3', {}, 'Two reads'),
    h('p', {}, 'One reader drew this mask; the other one excluded the series.'),
    because !== undefined && h('p', { class: 'message note' }, `“${because}”`),
    h('p', { class: 'muted' }, 'Neither knew of the other. Accept or correct the mask, or exclude the series (X).'),
  );
}

function placeWords({ voxels, labelA, labelB }: DifferentPlace): string {
  const has = (label: number) => (label === 0 ? 'nothing' : labelName(label));
  return `${voxels.toLocaleString()} ${voxels === 1 ? 'voxel' : 'voxels'}, ${has(labelA)} in A, ${has(labelB)} in B`;
}

function ownWords(own: Uint8Array, a: Read, b: Read): string {
  const apart = ({ labels }: Read) => own.reduce((sum, label, at) => sum + (label === labels[at] ? 0 : 1), 0);
  const [fromA, fromB] = [apart(a), apart(b)];
  if (fromA === 0) return 'My mask is read A as it is.';
  if (fromB === 0) return 'My mask is read B as it is.';
  return `My mask: ${fromA.toLocaleString()} voxels unlike A, ${fromB.toLocaleString()} unlike B.`;
}

function legend(): HTMLElement {
  const rows = [
    [DIFFERENCE.onlyA, 'something in A only'],
    [DIFFERENCE.onlyB, 'something in B only'],
    [DIFFERENCE.otherwise, 'other structures'],
  ] as const;
  return h(
    'ul',
    { class: 'legend', hidden: true },
    ...rows.map(([label, words]) => {
      const swatch = h('span', { class: 'swatch' });
      swatch.style.background = cssColour(label);
      return h('li', {}, swatch, words);
    }),
  );
}
