import { h, key } from '../dom.ts';

export interface VerdictEvents {
  accept(): void;
  submit(): void;
  exclude(): void;
  next(): void;
}

/** The answer to a task: minutes, messages and the four buttons. */
export class VerdictPanel {
  readonly element: HTMLElement;
  private readonly facts = h('p', { class: 'muted work' });
  private readonly message = h('div', { class: 'message', role: 'status', 'aria-live': 'polite' });
  private readonly accept: HTMLButtonElement;
  private readonly submit: HTMLButtonElement;
  private readonly exclude: HTMLButtonElement;
  private readonly next: HTMLButtonElement;

  constructor(
    events: VerdictEvents,
    private mayAnswer: boolean,
  ) {
    const button = (name: string, shortcut: string, className: string, run: () => void) =>
      h('button', { class: className, on: { click: run } }, name, key(shortcut));
    this.accept = button('Accept as is', 'A', '', () => events.accept());
    this.submit = button('Submit correction', 'S', '', () => events.submit());
    this.exclude = button('Exclude …', 'X', 'quiet', () => events.exclude());
    this.next = button('Next task', 'N', 'quiet', () => events.next());
    this.element = h(
      'section',
      { class: 'verdicts', 'aria-label': 'Verdict' },
      this.message,
      this.facts,
      h('div', { class: 'buttons' }, this.accept, this.submit, this.exclude, this.next),
    );
    this.update(0, 0);
  }

  /** Shows the work so far; the likely button stands out. */
  update(changedVoxels: number, minutes: number): void {
    this.accept.disabled = !this.mayAnswer;
    this.exclude.disabled = !this.mayAnswer;
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
    for (const each of [this.accept, this.submit, this.exclude]) each.disabled = true;
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
