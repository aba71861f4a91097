import { labelName } from '../../../core/labels.ts';
import { parseTaskId } from '../../../core/ids.ts';
import { h } from '../dom.ts';
import { withDifference } from '../mask-difference.ts';
import { MaskEdit } from '../mask-edit.ts';
import { messageOf } from '../panels.ts';
import type { Context, View } from '../view.ts';
import { Viewer, type Place } from '../viewer.ts';
import { clockTime, KIND_WORDS, percent } from '../words.ts';
import { WorkClock } from '../work-clock.ts';
import { Answers } from './answers.ts';
import { Autosave } from './autosave.ts';
import { editorCommands } from './commands.ts';
import { gateList } from './gate-list.ts';
import type { OpenTask } from './open-task.ts';
import { listen } from './shortcuts.ts';
import { StructureList } from './structure-list.ts';
import { ToolPanel } from './tool-panel.ts';

/** The editor of one task: viewer in the middle, tools on the left, structures and verdict on the right. */
export class Workbench implements View {
  readonly element = h('div', { class: 'editor' });
  private readonly closers: (() => void)[] = [];
  private readonly place = h('p', { class: 'place', 'aria-live': 'off' });
  private readonly kept = h('span', { class: 'muted' });
  private readonly clock = new WorkClock(() => performance.now());
  private readonly edit: MaskEdit;
  private readonly autosave: Autosave;
  private readonly structures: StructureList;
  private readonly tools: ToolPanel;
  private readonly answers: Answers;

  private constructor(
    context: Context,
    private readonly open: OpenTask,
    private readonly viewer: Viewer,
    canvasFrame: HTMLElement,
  ) {
    this.edit = new MaskEdit(viewer.bitmap);
    const drawing = {
      labels: () => viewer.labels(),
      changedVoxels: () => this.edit.changedVoxels,
      minutes: () => this.clock.minutes,
    };
    this.autosave = new Autosave(open, drawing, (outcome) => this.tellKept(outcome));
    this.structures = new StructureList(open.task, this.edit, {
      chosen: (label) => this.choose(label),
      shown: (label, isShown) => viewer.showLabel(label, isShown),
    });
    this.tools = new ToolPanel(viewer, open.mayAnswer, (label) => this.structures.select(label));
    this.tools.undo.addEventListener('click', () => this.undo());
    this.tools.redo.addEventListener('click', () => this.redo());
    this.answers = new Answers(context, open, drawing, this.autosave, {
      settle: () => this.takeStroke(),
      goTo: (label) => this.choose(label),
      ended: () => this.lock(),
    });
    const stage = h('div', { class: 'stage' }, canvasFrame, h('div', { class: 'strip' }, this.place, this.kept));
    this.element.append(this.tools.element, stage, this.side());
    this.begin();
  }

  /**
   * Opens the workbench inside `frame`. NiiVue measures its canvas and watches the canvas's frame, so that frame is on the page
   * from the start and moves with its canvas.
   */
  static async on(frame: HTMLElement, context: Context, open: OpenTask): Promise<Workbench> {
    const canvas = h('canvas', { 'aria-label': 'Image with the mask drawn over it' });
    const canvasFrame = h('div', { class: 'canvas-frame' }, canvas);
    frame.append(canvasFrame);
    let bench: Workbench | null = null;
    const viewer = await Viewer.open(canvas, open.image, open.proposal.labels, {
      moved: (place) => bench?.showPlace(place),
      stroke: () => bench?.takeStroke(),
    });
    bench = new Workbench(context, open, viewer, canvasFrame);
    return bench;
  }

  close(): void {
    this.takeStroke();
    this.autosave.close();
    this.answers.close();
    for (const close of this.closers.splice(0)) close();
    this.viewer.close();
  }

  private begin(): void {
    this.tools.offer(this.structures.labels);
    this.closers.push(listen(editorCommands(this.tools, this.viewer, this.answers, this)));
    const stop = new AbortController();
    for (const event of ['pointerdown', 'keydown', 'wheel'] as const) {
      document.addEventListener(event, () => this.clock.input(), { signal: stop.signal, capture: true, passive: true });
    }
    document.addEventListener('visibilitychange', () => this.clock.visible(!document.hidden), { signal: stop.signal });
    const timer = setInterval(() => this.answers.show(), 5000);
    this.closers.push(
      () => stop.abort(),
      () => clearInterval(timer),
    );
    this.answers.keepClaim(() => this.clock.running);
    const first = this.structures.mostDoubtful;
    queueMicrotask(() => (first === undefined ? this.tools.setPen(1) : this.choose(first)));
    if (this.open.kept) this.offerKept(this.open.kept.savedAt);
  }

  private side(): HTMLElement {
    const { task } = this.open;
    const { dataset, round, series } = parseTaskId(task.task);
    return h(
      'aside',
      { class: 'side', 'aria-label': 'Task' },
      h(
        'header',
        {},
        h('h2', {}, series),
        h('p', { class: 'muted' }, `${dataset} · round ${round} · doubt ${percent(task.doubt)}`),
        h('span', { class: `kind ${task.kind}` }, KIND_WORDS[task.kind]),
      ),
      h(
        'div',
        { class: 'scroll' },
        h('h3', {}, 'Structures'),
        this.structures.element,
        gateList(task.gates, 'Hints from the checks', (label) => this.choose(label)),
      ),
      this.answers.element,
    );
  }

  /** Goes to a structure and draws with it from now on. */
  choose(label: number): void {
    this.tools.setPen(label);
    this.structures.select(label);
    this.viewer.goToLabel(label);
  }

  undo(): void {
    this.takeStroke();
    if (this.edit.undo(this.viewer.bitmap)) this.changed();
  }

  redo(): void {
    if (this.edit.redo(this.viewer.bitmap)) this.changed();
  }

  private takeStroke(): void {
    if (this.edit.record(this.viewer.bitmap, (label) => this.tools.mayPaintOver(label)) > 0) this.changed();
    else this.viewer.refresh(); // a stroke over protected voxels is taken back
  }

  private changed(): void {
    this.viewer.refresh();
    this.tools.undo.disabled = !this.edit.canUndo;
    this.tools.redo.disabled = !this.edit.canRedo;
    this.structures.update();
    this.tools.offer(this.structures.labels);
    this.answers.show();
    this.kept.textContent = 'Not kept yet …';
    this.autosave.soon();
  }

  private lock(): void {
    this.tools.setTool('move');
    for (const button of this.element.querySelectorAll<HTMLButtonElement>('.tool')) button.disabled = true;
    this.tools.undo.disabled = true;
    this.tools.redo.disabled = true;
    this.kept.textContent = '';
  }

  private offerKept(savedAt: number): void {
    const restore = h('button', { class: 'primary', on: { click: () => this.restore() } }, 'Go on with it');
    const discard = h(
      'button',
      { on: { click: () => (void this.autosave.forget(), this.answers.panel.quiet()) } },
      'Discard',
    );
    const text = `A drawing of ${clockTime(savedAt)} on this proposal was never submitted.`;
    this.answers.panel.say('note', 'Unfinished drawing', text, h('div', { class: 'actions' }, restore, discard));
  }

  private restore(): void {
    const { kept, proposal } = this.open;
    if (!kept) return;
    this.viewer.setLabels(withDifference(proposal.labels, kept));
    this.edit.record(this.viewer.bitmap);
    this.clock.add(kept.minutes);
    this.answers.panel.quiet();
    this.changed();
  }

  private showPlace({ index, intensity, label }: Place): void {
    const value = Number.isInteger(intensity) ? intensity : intensity.toFixed(1);
    this.place.textContent = `Voxel ${index.join(', ')} · intensity ${value} · ${labelName(label)}`;
  }

  private tellKept(outcome: { savedAt: number } | { fault: unknown }): void {
    this.kept.textContent =
      'savedAt' in outcome
        ? `Kept in this browser, ${clockTime(outcome.savedAt)}`
        : `Not kept in this browser: ${messageOf(outcome.fault)}`;
    this.kept.classList.toggle('warning', 'fault' in outcome);
  }
}
