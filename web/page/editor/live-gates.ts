import type { GateFix, GateResult } from '../../../core/gate-result.ts';
import type { Grid } from '../../../core/geometry.ts';
import type { GateAnswer, GateQuestion } from '../gate-worker.ts';
import { h } from '../dom.ts';
import { gateList } from './gate-list.ts';

const DELAY_MS = 700;

export interface LiveGateEvents {
  /** The drawing in file order, in an array of its own. */
  labels(): Uint8Array<ArrayBuffer>;
  goTo(label: number): void;
  /** A fix was made on the drawing as `labels` gave it. */
  fixed(labels: Uint8Array<ArrayBuffer>): void;
}

/** The checks of the drawing as it is now, asked shortly after every change; one question is out at a time, the last one counts. */
export class LiveGates {
  readonly element = h('div', { class: 'live-gates', role: 'region', 'aria-label': 'Checks' });
  /** How many there are that it does not pass, for where the list is out of sight; leads to it. */
  readonly summary = h('button', {
    class: 'chip checks',
    hidden: true,
    title: 'Show what was found',
    on: { click: () => this.element.scrollIntoView({ block: 'start', behavior: 'smooth' }) },
  });
  private readonly worker = new Worker('gate-worker.js', { type: 'module' });
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the changes, so that an answer about an older drawing is known as such. */
  private version = 0;
  /** What is asked now, and about which drawing. */
  private asked: { version: number; isFix: boolean } | null = null;

  /** Shows `first`, which the server found in the proposal, until the first answer. */
  constructor(
    private readonly grid: Grid,
    first: readonly GateResult[],
    private readonly mayDraw: boolean,
    private readonly events: LiveGateEvents,
  ) {
    this.show(first);
    this.worker.addEventListener('message', ({ data }: MessageEvent<GateAnswer>) => this.take(data));
  }

  /** The drawing has changed. */
  soon(): void {
    this.version++;
    this.element.classList.add('stale');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.worker.terminate();
  }

  private ask(fix?: GateFix): void {
    if (this.asked) return; // its answer asks again if it has become old
    this.asked = { version: this.version, isFix: fix !== undefined };
    const question: GateQuestion = { grid: this.grid, labels: this.events.labels(), ...(fix && { fix }) };
    this.worker.postMessage(question, [question.labels.buffer]);
  }

  private take(answer: GateAnswer): void {
    const { asked } = this;
    this.asked = null;
    if (!asked) return;
    if (asked.version !== this.version) return this.ask();
    if ('fixed' in answer) return this.events.fixed(answer.fixed);
    if ('gates' in answer) {
      this.element.classList.remove('stale');
      this.show(answer.gates);
    } else if (asked.isFix) this.ask(); // the fix no longer fits
  }

  private show(gates: readonly GateResult[]): void {
    const fix = this.mayDraw ? (each: GateFix) => this.ask(each) : undefined;
    const failed = gates.filter(({ passed }) => !passed);
    this.summary.hidden = failed.length === 0;
    this.summary.textContent = `${failed.length} ${failed.length === 1 ? 'check' : 'checks'} not passed`;
    this.summary.classList.toggle(
      'refuse',
      failed.some(({ severity }) => severity === 'refuse'),
    );
    this.element.replaceChildren(gateList(gates, 'Checks', (label) => this.events.goTo(label), fix));
  }
}
