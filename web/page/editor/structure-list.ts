import type { TaskView } from '../../../core/review.ts';
import { labelName } from '../../../core/labels.ts';
import { bar, h } from '../dom.ts';
import { cssColour } from '../label-colours.ts';
import { fromTopDown } from '../label-order.ts';
import type { MaskEdit } from '../mask-edit.ts';
import { doubtClass } from '../queue-table.ts';
import { percent } from '../words.ts';

export interface StructureListEvents {
  /** Chosen by click or Enter: to go there and to draw with it. */
  chosen(label: number): void;
  shown(label: number, isShown: boolean): void;
}

/** The structures of the mask from the top down, each with colour, name, size and doubt. */
export class StructureList {
  readonly element = h('ul', { class: 'structures', 'aria-label': 'Structures' });
  private readonly doubts: Map<number, number>;
  private readonly hidden = new Set<number>();
  private selected = 0;
  private lastDoubtful = 0;

  constructor(
    task: TaskView,
    private readonly edit: MaskEdit,
    private readonly events: StructureListEvents,
  ) {
    this.doubts = new Map(task.structures.map(({ label, doubt }) => [label, doubt]));
    this.update();
  }

  /** Labels listed: what the mask has now, and what the proposal had. */
  get labels(): number[] {
    return [...new Set([...this.edit.labels(), ...this.doubts.keys()])].sort(fromTopDown);
  }

  /** The next less doubtful structure each time, the most doubtful first and again after the last; undefined for an empty mask. */
  nextDoubtful(): number | undefined {
    const doubtOf = (label: number) => this.doubts.get(label) ?? 0;
    const order = this.edit.labels().sort((a, b) => doubtOf(b) - doubtOf(a));
    const next = order[(order.indexOf(this.lastDoubtful) + 1) % order.length];
    this.lastDoubtful = next ?? 0;
    return next;
  }

  select(label: number): void {
    this.selected = label;
    this.update();
  }

  /** Draws the list again after the mask changed. */
  update(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['label'];
    this.element.replaceChildren(...this.labels.map((label) => this.row(label)));
    if (focused) this.element.querySelector<HTMLElement>(`[data-label="${focused}"]`)?.focus({ preventScroll: true });
  }

  private row(label: number): HTMLElement {
    const doubt = this.doubts.get(label);
    const voxels = this.edit.voxelsOf(label);
    const isHidden = this.hidden.has(label);
    const swatch = h('span', { class: 'swatch' });
    swatch.style.background = cssColour(label);
    const name = labelName(label);
    const size = voxels === 0 ? 'removed' : voxels.toLocaleString();
    return h(
      'li',
      {},
      h(
        'button',
        {
          class: 'structure',
          'data-label': label,
          'aria-pressed': label === this.selected,
          title: `${name} (label ${label}), ${voxels.toLocaleString()} voxels: go there and draw with it`,
          on: { click: () => this.events.chosen(label) },
        },
        swatch,
        h('span', { class: 'name' }, name),
        h('small', { class: 'size' }, size),
        doubt === undefined
          ? h('small', { class: 'muted' }, 'drawn')
          : bar(doubt, `doubt ${percent(doubt)}`, doubtClass(doubt)),
      ),
      h(
        'button',
        {
          class: 'eye',
          'aria-pressed': !isHidden,
          'aria-label': isHidden ? `Show ${name}` : `Hide ${name}`,
          title: isHidden ? 'Show' : 'Hide',
          on: { click: () => this.toggle(label) },
        },
        isHidden ? '○' : '●',
      ),
    );
  }

  private toggle(label: number): void {
    const isShown = this.hidden.has(label);
    if (isShown) this.hidden.delete(label);
    else this.hidden.add(label);
    this.events.shown(label, isShown);
    this.update();
  }
}
