import { labelName } from '../../../core/labels.ts';
import { h } from '../dom.ts';
import { messageOf } from '../panels.ts';
import type { Place } from '../viewer.ts';
import { clockTime } from '../words.ts';

/** The line under the image: where the crosshair is, and whether the drawing is kept. */
export class Strip {
  readonly element: HTMLElement;
  private readonly place = h('p', { class: 'place', 'aria-live': 'off' });
  private readonly kept = h('span', { class: 'muted' });

  constructor() {
    this.element = h('div', { class: 'strip' }, this.place, this.kept);
  }

  /** `more`: what else there is to say of the place. */
  showPlace({ index, intensity, label }: Place, more?: string): void {
    const value = Number.isInteger(intensity) ? intensity : intensity.toFixed(1);
    const words = `Voxel ${index.join(', ')} · intensity ${value} · ${labelName(label)}`;
    this.place.textContent = more === undefined ? words : `${words} · ${more}`;
  }

  tellKept(outcome: { savedAt: number } | { fault: unknown }): void {
    this.kept.textContent =
      'savedAt' in outcome
        ? `Kept in this browser, ${clockTime(outcome.savedAt)}`
        : `Not kept in this browser: ${messageOf(outcome.fault)}`;
    this.kept.classList.toggle('warning', 'fault' in outcome);
  }

  /** Something was drawn that is not kept yet. */
  tellUnkept(): void {
    this.kept.textContent = 'Not kept yet …';
  }

  /** There is nothing to keep any more. */
  quiet(): void {
    this.kept.textContent = '';
  }
}
