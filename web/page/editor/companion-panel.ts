import type { Companion } from '../../../core/review.ts';
import type { TaskId } from '../../../core/ids.ts';
import type { Api } from '../api.ts';
import { CompanionViewer } from '../companion-viewer.ts';
import type { PlaceMm } from '../crosshair.ts';
import { h, key } from '../dom.ts';
import { decodeVolume } from '../mha.ts';
import { messageOf } from '../panels.ts';

const NONE = '';

/** Another image of the study beside the task's own: which one, if any, and the crosshair linked. */
export class CompanionPanel {
  /** Where it is chosen; hidden while the study has no other image. */
  readonly control: HTMLElement;
  /** Where it is shown. */
  readonly frame = h('div', { class: 'companion-frame', hidden: true });
  private readonly choice = h('select', { 'aria-label': 'Other image beside' }, h('option', { value: NONE }, 'None'));
  private companions: Companion[] = [];
  private viewer: CompanionViewer | null = null;
  /** Counts the choices, so that an image that arrives late is known as such. */
  private chosen = 0;
  private closed = false;

  constructor(
    private readonly api: Api,
    private readonly task: TaskId,
    private readonly events: { moved(place: PlaceMm): void; placeNow(): PlaceMm },
  ) {
    this.choice.addEventListener('change', () => void this.show());
    this.control = h(
      'label',
      { class: 'range', hidden: true },
      h('span', {}, 'Other image beside', key('T')),
      this.choice,
    );
    void this.list();
  }

  /** The next other image, and none after the last. */
  next(): void {
    if (this.companions.length === 0) return;
    this.choice.selectedIndex = (this.choice.selectedIndex + 1) % this.choice.options.length;
    void this.show();
  }

  /** The crosshair of the task's own image has moved. */
  follow(place: PlaceMm): void {
    this.viewer?.goTo(place);
  }

  close(): void {
    this.closed = true;
    this.viewer?.close();
    this.viewer = null;
  }

  private async list(): Promise<void> {
    // Without it the task can be worked on just as well.
    this.companions = await this.api.companions(this.task).catch(() => []);
    this.choice.append(...this.companions.map(({ series }) => h('option', { value: series }, series)));
    this.control.hidden = this.companions.length === 0;
  }

  private async show(): Promise<void> {
    const mine = ++this.chosen;
    const companion = this.companions.find(({ series }) => series === this.choice.value);
    this.viewer?.close();
    this.viewer = null;
    this.frame.hidden = companion === undefined;
    if (!companion) return this.frame.replaceChildren();
    const { series } = companion;
    const canvas = h('canvas', { 'aria-label': `Image ${series} of the same study` });
    const caption = h('p', { class: 'caption' }, `${series} …`);
    this.frame.replaceChildren(canvas, caption);
    try {
      const image = await decodeVolume(await this.api.companion(this.task, companion), series);
      if (mine !== this.chosen || this.closed) return;
      const viewer = await CompanionViewer.open(canvas, image, (place) => this.events.moved(place));
      if (mine !== this.chosen || this.closed) return viewer.close();
      this.viewer = viewer;
      caption.textContent = series;
      viewer.goTo(this.events.placeNow());
    } catch (error) {
      if (mine === this.chosen) caption.textContent = `${series} can't be shown: ${messageOf(error)}`;
    }
  }
}
