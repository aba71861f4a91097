import { h, key } from '../dom.ts';

export interface VerdictEvents {
  accept(): void;
  submit(): void;
  exclude(): void;
  /** In a second read: back to the author. */
  sendBack(): void;
  /** Out of one's own hands, for anybody. */
  giveBack(): void;
  steer(): void;
  next(): void;
}

/** What there are buttons for, beside the usual ones. */
export interface VerdictOffers {
  sendBack: boolean;
  steer: boolean;
  /** In an adjudication the words are others: what is accepted is the first read. */
  decides: boolean;
}

/** The answer to a task: minutes, messages and the buttons. */
export class VerdictPanel {
  readonly element: HTMLElement;
  private readonly facts = h('p', { class: 'muted work' });
  private readonly line = h('div', { class: 'facts' }, this.facts);
  private readonly message = h('div', { class: 'message', role: 'status', 'aria-live': 'polite' });
  private readonly accept: HTMLButtonElement;
  private readonly submit: HTMLButtonElement;
  private readonly exclude: HTMLButtonElement;
  private readonly sendBack: HTMLButtonElement;
  private readonly giveBack: HTMLButtonElement;
  private readonly next: HTMLButtonElement;

  constructor(
    events: VerdictEvents,
    private mayAnswer: boolean,
    offers: VerdictOffers,
  ) {
    const button = (name: string, shortcut: string, className: string, run: () => void) =>
      h('button', { class: className, on: { click: run } }, name, key(shortcut));
    this.accept = button(offers.decides ? 'Accept read A' : 'Accept as is', 'A', '', () => events.accept());
    this.submit = button(offers.decides ? 'Submit my mask' : 'Submit correction', 'S', '', () => events.submit());
    this.exclude = button('Exclude …', 'X', 'quiet', () => events.exclude());
    this.sendBack = button('Send back …', 'R', '', () => events.sendBack());
    this.giveBack = button('Give back', 'G', 'quiet', () => events.giveBack());
    this.giveBack.title = 'Somebody else may take it; nothing is handed in';
    this.next = button('Next task', 'N', 'quiet', () => events.next());
    const steer = button('Steer …', 'L', 'quiet', () => events.steer());
    steer.title = 'Assign, pin, pause or skip it, as a lead';
    const rare = [
      ...(offers.sendBack ? [this.sendBack] : []),
      this.exclude,
      this.giveBack,
      ...(offers.steer ? [steer] : []),
    ];
    this.element = h(
      'section',
      { class: 'verdicts', 'aria-label': 'Verdict' },
      this.message,
      this.line,
      h('div', { class: 'buttons' }, this.accept, this.submit, ...rare, this.next),
    );
    this.update(0, 0);
  }

  /** Shows something at the end of the line that tells of the work. */
  beside(element: HTMLElement): void {
    this.line.append(element);
  }

  /** Shows the work so far; the likely button stands out. */
  update(changedVoxels: number, minutes: number): void {
    this.accept.disabled = !this.mayAnswer;
    for (const each of [this.exclude, this.sendBack, this.giveBack]) each.disabled = !this.mayAnswer;
    this.submit.disabled = !this.mayAnswer || changedVoxels === 0;
    this.accept.classList.toggle('primary', this.mayAnswer && changedVoxels === 0);
    this.submit.classList.toggle('primary', this.mayAnswer && changedVoxels > 0);
    this.next.classList.toggle('primary', !this.mayAnswer);
    const changes = changedVoxels === 0 ? 'Nothing changed' : `${changedVoxels.toLocaleString()} voxels changed`;
    this.facts.textContent = `${changes} · ${Math.floor(minutes)} min of work`;
  }

  /** Locks the verdicts: while one is on its way, and for good after the task has ended. */
  lock(): void {
    this.mayAnswer = false;
    for (const each of [this.accept, this.submit, this.exclude, this.sendBack, this.giveBack]) each.disabled = true;
  }

  unlock(): void {
    this.mayAnswer = true;
  }

  say(kind: 'busy' | 'good' | 'bad' | 'note', title: string, ...more: (string | HTMLElement)[]): void {
    this.message.className = `message ${kind}`;
    this.message.replaceChildren(
      h('strong', {}, title),
      ...more.map((each) => (typeof each === 'string' ? h('p', {}, each) : each)),
    );
  }

  quiet(): void {
    this.message.className = 'message';
    this.message.replaceChildren();
  }

  focusNext(): void {
    this.next.classList.add('primary');
    this.next.focus();
  }
}
