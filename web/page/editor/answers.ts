import { isSecondRead } from '../../../core/review-record.ts';
import type { SubmitResult, TaskView, Verdict } from '../../../core/review.ts';
import { ApiError } from '../api.ts';
import { confirmed, exclusionReason, sendBackReason } from '../dialogs.ts';
import { h } from '../dom.ts';
import { nextTask } from '../next-task.ts';
import { messageOf } from '../panels.ts';
import { steerTask } from '../steer-dialog.ts';
import type { Context } from '../view.ts';
import { asSentence, sentence } from '../words.ts';
import type { Autosave, Drawing } from './autosave.ts';
import { gateList } from './gate-list.ts';
import type { OpenTask } from './open-task.ts';
import { saveCorrection, sendVerdict, storeCorrection } from './submission.ts';
import { authorOf } from './task-side.ts';
import { VerdictPanel } from './verdict-panel.ts';

const RENEW_MS = 60_000;
const UNCLAIMED = 'You have not claimed this task.';
const NO_REVIEWER = 'Reviewing is not for your role.';

export interface AnswerEvents {
  /** Takes in a stroke that is still being drawn. */
  settle(): void;
  goTo(label: number): void;
  /** The task is answered for good, or out of these hands. */
  ended(): void;
  /** The task as it stands now. */
  renewed(task: TaskView): void;
}

/** Answers a task: asks where something would be lost, sends, and says what came of it. The drawing outlives every fault. */
export class Answers {
  readonly panel: VerdictPanel;
  private state: 'open' | 'sending' | 'ended';
  private renewal: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly context: Context,
    private readonly open: OpenTask,
    private readonly drawing: Drawing,
    private readonly autosave: Autosave,
    private readonly events: AnswerEvents,
  ) {
    this.state = open.mayAnswer ? 'open' : 'ended';
    const verdicts = {
      accept: () => this.accept(),
      submit: () => this.submit(),
      exclude: () => this.exclude(),
      sendBack: () => this.sendBack(),
      giveBack: () => this.giveBack(),
      steer: () => this.steer(),
      next: () => this.next(),
    };
    const [sendBack, steer] = [isSecondRead(open.task) && context.may('second-read'), context.may('lead')];
    const offers = { sendBack, steer, decides: open.reads.length > 1 };
    this.panel = new VerdictPanel(verdicts, open.mayAnswer, offers);
    if (!open.mayAnswer) this.panel.say('note', 'Looking only', context.may('review') ? UNCLAIMED : NO_REVIEWER);
  }

  get element(): HTMLElement {
    return this.panel.element;
  }

  show(): void {
    this.panel.update(this.drawing.changedVoxels(), this.drawing.minutes());
  }

  /** Renews the claim every minute while the person works, so that it lapses only when they left. */
  keepClaim(working: () => boolean): void {
    this.renewal = setInterval(() => {
      if (this.state !== 'open' || !working()) return;
      this.context.api.claim(this.open.task.task, this.context.reviewer()).then(
        (task) => this.events.renewed(task),
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 409) this.conflict(error);
        },
      );
    }, RENEW_MS);
  }

  close(): void {
    clearInterval(this.renewal);
  }

  async accept(): Promise<void> {
    this.events.settle();
    const changed = this.drawing.changedVoxels();
    const text = `You changed ${changed.toLocaleString()} voxels. Accepting takes ${this.base} as it came and drops them.`;
    if (this.state !== 'open') return;
    if (changed > 0 && !(await confirmed('Accept without your changes?', text, `Accept ${this.base}`))) return;
    await this.send(async () => ({ verdict: 'accept' }));
  }

  async submit(): Promise<void> {
    this.events.settle();
    if (this.state !== 'open') return;
    if (this.drawing.changedVoxels() === 0) {
      return this.panel.say('note', 'Nothing changed', `If ${this.base} is right, accept it as it is (A).`);
    }
    const { api } = this.context;
    await this.send(() => storeCorrection(api, this.open.task, this.open.proposal.grid, this.drawing.labels()));
  }

  async exclude(): Promise<void> {
    if (this.state !== 'open') return;
    const reason = await exclusionReason();
    if (reason !== null) await this.send(async () => ({ verdict: 'exclude', reason }));
  }

  /** Hands a second read back to its author, with the reason. */
  async sendBack(): Promise<void> {
    if (this.state !== 'open') return;
    if (!isSecondRead(this.open.task)) {
      return this.panel.say(
        'note',
        'Nobody to send it back to',
        'Only what somebody handed in for a second read goes back.',
      );
    }
    const reason = await sendBackReason(authorOf(this.open.task));
    if (reason !== null) await this.send(async () => ({ verdict: 'send-back', reason }));
  }

  /** Gives the task back unanswered; what was drawn stays its author's. */
  async giveBack(): Promise<void> {
    this.events.settle();
    if (this.state !== 'open') return;
    const changed = this.drawing.changedVoxels();
    const text = `The ${changed.toLocaleString()} voxels that you changed are not handed in. They are kept for you, in case you take it again.`;
    if (changed > 0 && !(await confirmed('Give this task back?', text, 'Give it back'))) return;
    const { api, reviewer } = this.context;
    this.state = 'sending';
    this.panel.lock();
    try {
      await api.move(this.open.task.task, { move: 'release', by: reviewer() });
      this.leave('Given back', 'Somebody else may take it now.');
    } catch (error) {
      this.reopen();
      if (error instanceof ApiError && error.status === 409) return this.conflict(error);
      this.panel.say('bad', 'Not given back', `${messageOf(error)} Try again.`);
    }
  }

  /** A lead's moves; whoever takes the task out of their own hands is done with it. */
  async steer(): Promise<void> {
    if (this.state === 'sending' || !this.context.may('lead')) return;
    try {
      const steered = await steerTask(this.context, this.open.task.task);
      if (steered === 'ended') return this.panel.say('note', 'Nothing to steer', 'This task has ended.');
      if (steered === null) return;
      const lost = this.state === 'open' && steered.task.reviewer !== this.context.reviewer();
      if (lost) this.leave('Done', steered.words);
      else this.panel.say('good', 'Done', steered.words);
    } catch (error) {
      this.panel.say('bad', 'The task does not answer', messageOf(error));
    }
  }

  /** Opens the task to take next; what was drawn here stays in this browser. */
  async next(): Promise<void> {
    if (this.state === 'sending') return;
    try {
      const waiting = await this.context.api.tasks(['queued', 'sent-back', 'second-read']);
      const others = waiting.filter((row) => row.task !== this.open.task.task);
      const other = nextTask(others, this.context);
      location.hash = other ? `#/tasks/${other.task}` : '#/tasks';
    } catch (error) {
      this.panel.say('bad', 'The queue does not answer', messageOf(error));
    }
  }

  private async send(verdict: () => Promise<Verdict>): Promise<void> {
    if (this.state !== 'open') return;
    this.state = 'sending';
    this.panel.lock();
    this.panel.say('busy', 'Sending …');
    try {
      const sent = { reviewer: this.context.reviewer(), minutes: this.drawing.minutes(), verdict: await verdict() };
      await this.answered(await sendVerdict(this.context.api, this.open, sent), sent.verdict);
    } catch (error) {
      this.reopen();
      if (error instanceof ApiError && error.status === 409) return this.conflict(error);
      this.panel.say(
        'bad',
        'Not submitted',
        `${messageOf(error)} Your drawing is kept in this browser; try again.`,
        ...this.fileOffer(),
      );
    }
  }

  private async answered(result: SubmitResult, verdict: Verdict): Promise<void> {
    if (result.outcome === 'refused') {
      this.reopen();
      const gates = gateList(result.gates, 'What the checks found', (label) => this.events.goTo(label));
      return this.panel.say('bad', 'Refused by the checks', 'Your drawing is kept and the task is still yours.', gates);
    }
    this.state = 'ended';
    this.panel.update(this.drawing.changedVoxels(), this.drawing.minutes());
    this.events.ended();
    const words = {
      accept: `${sentence(this.base)} is the reference now.`,
      correct: 'Your mask is stored and is the reference now.',
      exclude: 'The series is out of this dataset.',
      'send-back': 'Its author looks at it again.',
    };
    const titles = {
      accepted: 'Accepted',
      excluded: 'Excluded',
      'second-read': 'Handed in: a senior reads it next',
      'sent-back': 'Sent back',
    };
    const title = titles[result.outcome];
    const flags = result.gates.some((gate) => !gate.passed);
    const list = flags ? [gateList(result.gates, 'Flagged all the same', (label) => this.events.goTo(label))] : [];
    const waits = result.outcome === 'second-read';
    this.panel.say('good', title, waits ? 'Your mask is stored.' : words[verdict.verdict], ...list);
    this.panel.focusNext();
    await this.autosave.forget();
  }

  /** Out of these hands, without an answer. */
  private leave(title: string, words: string): void {
    this.state = 'ended';
    this.panel.lock();
    this.panel.update(this.drawing.changedVoxels(), this.drawing.minutes());
    this.events.ended();
    this.panel.say('good', title, words);
    this.panel.focusNext();
  }

  private conflict(error: ApiError): void {
    const kept =
      'Your drawing is kept in this browser. To go on, claim the task again when it is free; or save your mask.';
    this.panel.say('bad', 'The task is no longer yours', `${asSentence(error.message)} ${kept}`, ...this.fileOffer());
  }

  /** What `accept` accepts. */
  private get base(): string {
    return this.open.reads.length > 1 ? 'read A' : 'the proposal';
  }

  /** A way to the work that needs no server. */
  private fileOffer(): HTMLElement[] {
    if (this.drawing.changedVoxels() === 0) return [];
    const { proposal, task } = this.open;
    const save = () => void saveCorrection(task, proposal.grid, this.drawing.labels());
    return [h('button', { on: { click: save } }, 'Save my mask as a file')];
  }

  private reopen(): void {
    this.state = 'open';
    this.panel.unlock();
    this.show();
  }
}
