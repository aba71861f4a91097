import type { Volume } from '../../../core/volume.ts';
import type { Api } from '../api.ts';
import { CompanionViewer } from '../companion-viewer.ts';
import type { PlaceMm } from '../crosshair.ts';
import { h, key } from '../dom.ts';
import { decodeVolume } from '../mha.ts';
import { messageOf } from '../panels.ts';
import type { OpenTask } from './open-task.ts';

const NONE = '';

/** What can stand beside: an image of the study, or one of the reads to decide between on the task's own image. */
interface Beside {
  name: string;
  image(): Promise<Volume>;
  labels?: Uint8Array;
}

/** Another image of the study, or a read, beside the task's own: which one, if any, and the crosshair linked. */
export class CompanionPanel {
  /** Where it is chosen; hidden while the study has no other image. */
  readonly control: HTMLElement;
  /** Where it is shown. */
  readonly frame = h('div', { class: 'companion-frame', hidden: true });
  private readonly choice = h('select', {}, h('option', { value: NONE }, 'None'));
  private offers: Beside[] = [];
  private viewer: CompanionViewer | null = null;
  /** Counts the choices, so that an image that arrives late is known as such. */
  private chosen = 0;
  private closed = false;

  constructor(
    private readonly api: Api,
    private readonly open: Pick<OpenTask, 'task' | 'image' | 'reads'>,
    private readonly events: { moved(place: PlaceMm): void; placeNow(): PlaceMm },
  ) {
    this.choice.addEventListener('change', () => void this.show());
    const name = open.reads.length > 1 ? 'Image or read beside' : 'Other image beside';
    this.choice.setAttribute('aria-label', name);
    this.control = h('label', { class: 'range', hidden: true }, h('span', {}, name, key('T')), this.choice);
    void this.list();
  }

  /** The next other image, and none after the last. */
  next(): void {
    if (this.offers.length === 0) return;
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
    const { api } = this;
    const { task, image, reads } = this.open;
    const companions = await api.companions(task.task).catch(() => []);
    this.offers = [
      ...(reads.length > 1 ? reads : []).map(({ name, labels }) => ({
        name: `Read ${name}`,
        image: () => Promise.resolve(image),
        labels,
      })),
      ...companions.map((each) => ({
        name: each.series,
        image: async () => decodeVolume(await api.companion(task.task, each), each.series),
      })),
    ];
    this.choice.append(...this.offers.map(({ name }) => h('option', { value: name }, name)));
    this.control.hidden = this.offers.length === 0;
  }

  private async show(): Promise<void> {
    const mine = ++this.chosen;
    const beside = this.offers.find(({ name }) => name === this.choice.value);
    this.viewer?.close();
    this.viewer = null;
    this.frame.hidden = beside === undefined;
    if (!beside) return this.frame.replaceChildren();
    const { name, labels } = beside;
    const canvas = h('canvas', { 'aria-label': labels ? `${name} beside` : `Image ${name} of the same study` });
    const caption = h('p', { class: 'caption' }, `${name} …`);
    this.frame.replaceChildren(canvas, caption);
    try {
      const image = await beside.image();
      if (mine !== this.chosen || this.closed) return;
      const viewer = await CompanionViewer.open(canvas, image, (place) => this.events.moved(place), labels);
      if (mine !== this.chosen || this.closed) return viewer.close();
      this.viewer = viewer;
      caption.textContent = name;
      viewer.goTo(this.events.placeNow());
    } catch (error) {
      if (mine === this.chosen) caption.textContent = `${name} can't be shown: ${messageOf(error)}`;
    }
  }
}
