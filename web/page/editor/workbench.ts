import type { Api } from '../api.ts';
import { h } from '../dom.ts';
import { withDifference } from '../mask-difference.ts';
import { MaskEdit } from '../mask-edit.ts';
import { renumberedRun } from '../renumber-run.ts';
import type { Context, View } from '../view.ts';
import { Viewer, type Place } from '../viewer.ts';
import { clockTime } from '../words.ts';
import { WorkClock } from '../work-clock.ts';
import { Answers } from './answers.ts';
import { Autosave } from './autosave.ts';
import { editorCommands } from './commands.ts';
import { Comments } from './comments.ts';
import { CompanionPanel } from './companion-panel.ts';
import { LiveGates } from './live-gates.ts';
import { filledBetween } from './fill-between.ts';
import type { OpenTask } from './open-task.ts';
import { oneReadNotice, ReadsPanel } from './reads-panel.ts';
import { listen } from './shortcuts.ts';
import { structureActions } from './structure-actions.ts';
import { StructureList } from './structure-list.ts';
import { Strip } from './strip.ts';
import { taskSide } from './task-side.ts';
import { ToolPanel } from './tool-panel.ts';
import { watchWork } from './watch-work.ts';

/** Unknown to the label convention, so drawn in its warning colour: where the proposal had something and now nothing is. */
const REMOVED = 255;

/** The editor of one task: viewer in the middle, tools on the left, structures and verdict on the right. */
export class Workbench implements View {
  readonly element = h('div', { class: 'editor' });
  private readonly closers: (() => void)[] = [];
  private readonly strip = new Strip();
  private readonly clock = new WorkClock(() => performance.now());
  private readonly edit: MaskEdit;
  private readonly api: Api;
  private readonly companion: CompanionPanel;
  private mayDraw: boolean;
  private readonly autosave: Autosave;
  private readonly structures: StructureList;
  private readonly tools: ToolPanel;
  private readonly answers: Answers;
  private readonly gates: LiveGates;
  private readonly comments: Comments;
  /** In an adjudication between two masks. */
  private readonly reads: ReadsPanel | null;

  private constructor(
    context: Context,
    private readonly open: OpenTask,
    private readonly viewer: Viewer,
    canvasFrame: HTMLElement,
  ) {
    this.api = context.api;
    this.edit = new MaskEdit(viewer.bitmap);
    this.mayDraw = open.mayAnswer;
    const drawing = {
      labels: () => viewer.labels(),
      changedVoxels: () => this.edit.changedVoxels,
      minutes: () => this.clock.minutes,
    };
    this.autosave = new Autosave(open, drawing, (outcome) => this.strip.tellKept(outcome));
    this.structures = new StructureList(open.task, this.edit, {
      chosen: (label) => this.choose(label),
      shown: (label, isShown) => viewer.showLabel(label, isShown),
    });
    this.companion = new CompanionPanel(context.api, open, {
      moved: (place) => viewer.goToMm(place),
      placeNow: () => viewer.placeMm(),
    });
    const penEvents = {
      penChanged: (label: number) => this.structures.select(label),
      showChanges: (only: boolean) => {
        this.reads?.ownShown();
        if (only) viewer.showInstead(this.edit.changes(REMOVED));
        else viewer.refresh();
      },
    };
    this.tools = new ToolPanel(viewer, open.mayAnswer, penEvents, this.companion.control);
    this.gates = new LiveGates(open.proposal.grid, open.task.gates, open.mayAnswer, {
      labels: () => viewer.labels(),
      goTo: (label) => this.choose(label),
      fixed: (labels) => this.replace(labels),
    });
    this.tools.undo.addEventListener('click', () => this.undo());
    this.tools.redo.addEventListener('click', () => this.redo());
    this.answers = new Answers(context, open, drawing, this.autosave, {
      settle: () => this.takeStroke(),
      goTo: (label) => this.choose(label),
      ended: () => this.lock(),
      renewed: (task) => this.comments.show(task),
    });
    this.answers.panel.beside(this.gates.summary);
    this.comments = new Comments(context, open.task, {
      place: () => viewer.place().index,
      goTo: (voxel) => viewer.goToVoxel(voxel),
    });
    this.reads = open.reads.length < 2 ? null : this.readsPanel();
    const images = h('div', { class: 'images' }, canvasFrame, this.companion.frame);
    const stage = h('div', { class: 'stage' }, images, this.strip.element);
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
    this.gates.close();
    this.companion.close();
    this.comments.close();
    for (const close of this.closers.splice(0)) close();
    this.viewer.close();
  }

  private begin(): void {
    this.tools.offer(this.structures.labels);
    this.closers.push(listen(editorCommands(this.tools, this.viewer, this.answers, this, this.reads)));
    const timer = setInterval(() => this.answers.show(), 5000);
    this.closers.push(watchWork(this.clock), () => clearInterval(timer));
    this.answers.keepClaim(() => this.clock.running);
    this.tools.setPen(1);
    queueMicrotask(() => (this.reads ? this.reads.nextPlace() : this.nextDoubtful()));
    if (this.open.kept) this.offerKept(this.open.kept.savedAt);
  }

  private side(): HTMLElement {
    const { task, reads } = this.open;
    return taskSide(task, {
      reads: this.reads?.element ?? (reads.length === 1 ? oneReadNotice(task.excludedBecause) : null),
      structures: this.structures.element,
      actions: structureActions(this.open.mayAnswer, this),
      gates: this.gates.element,
      comments: this.comments,
      answers: this.answers.element,
    });
  }

  private readsPanel(): ReadsPanel {
    const { viewer } = this;
    return new ReadsPanel(this.open, this.mayDraw, {
      labels: () => viewer.labels(),
      replace: (labels) => this.mayDraw && this.replace(labels),
      show: (labels) => (labels ? viewer.showFileInstead(labels) : this.showAll()),
      goTo: (voxel) => viewer.goToVoxel(voxel),
    });
  }

  comment(): void {
    this.comments.focus();
  }

  nextDoubtful(): void {
    const next = this.structures.nextDoubtful();
    if (next !== undefined) this.choose(next);
  }

  /** Counts the chosen structure and everything above it one up or down; one stroke for undo. */
  renumber(by: 1 | -1): void {
    this.takeStroke();
    if (!this.mayDraw) return;
    const becomes = renumberedRun(this.edit.labels(), this.tools.penLabel, by);
    if (typeof becomes === 'string') return this.answers.panel.say('note', 'Not renumbered', becomes);
    const { bitmap } = this.viewer;
    for (let at = 0; at < bitmap.length; at++) bitmap[at] = becomes.get(bitmap[at]!) ?? bitmap[at]!;
    const pen = this.tools.penLabel;
    this.takeStroke(true);
    this.answers.panel.quiet();
    this.tools.setPen(becomes.get(pen) ?? pen);
  }

  /** Takes the chosen structure out of the mask, to draw it anew; one stroke for undo. */
  clearStructure(): void {
    this.takeStroke();
    if (!this.mayDraw) return;
    const { bitmap } = this.viewer;
    for (let at = 0; at < bitmap.length; at++) if (bitmap[at] === this.tools.penLabel) bitmap[at] = 0;
    this.takeStroke(true);
  }

  /** Fills the chosen structure in between the slices that hold it; what is drawn meanwhile stays. */
  async fillBetween(): Promise<void> {
    this.takeStroke();
    if (!this.mayDraw) return;
    const [label, before] = [this.tools.penLabel, this.viewer.labels()];
    const filled = await filledBetween(this.api, this.open, label, before, this.answers.panel);
    if (!filled || !this.mayDraw) return;
    this.takeStroke();
    const now = this.viewer.labels();
    this.replace(now.map((value, at) => (value === before[at] ? filled[at]! : value)));
  }

  /** Goes to a structure and draws with it from now on. */
  choose(label: number): void {
    this.tools.setPen(label);
    this.structures.select(label);
    this.viewer.goToLabel(label);
  }

  nextCompanion(): void {
    this.companion.next();
  }

  undo(): void {
    this.takeStroke();
    if (this.mayDraw && this.edit.undo(this.viewer.bitmap)) this.changed();
  }

  redo(): void {
    if (this.mayDraw && this.edit.redo(this.viewer.bitmap)) this.changed();
  }

  /** Takes in what was drawn; `whole`: of structures that are protected too. */
  private takeStroke(whole = false): void {
    const mayPaintOver = (label: number) => whole || this.tools.mayPaintOver(label);
    if (this.edit.record(this.viewer.bitmap, mayPaintOver) > 0) this.changed();
    else this.showAll(); // a stroke over protected voxels is taken back
  }

  /** Replaces the drawing by labels in file order, as one stroke. */
  private replace(labels: Uint8Array): void {
    this.takeStroke();
    this.viewer.setLabels(labels);
    this.takeStroke(true);
  }

  private showAll(): void {
    this.tools.endChanges();
    this.reads?.ownShown();
    this.viewer.refresh();
  }

  private changed(): void {
    this.showAll();
    this.gates.soon();
    this.tools.undo.disabled = !this.edit.canUndo;
    this.tools.redo.disabled = !this.edit.canRedo;
    this.structures.update();
    this.tools.offer(this.structures.labels);
    this.answers.show();
    this.reads?.update();
    this.showPlace(this.viewer.place());
    this.strip.tellUnkept();
    this.autosave.soon();
  }

  private lock(): void {
    this.mayDraw = false;
    this.tools.setTool('move');
    for (const button of this.element.querySelectorAll<HTMLButtonElement>('.tool')) button.disabled = true;
    this.tools.undo.disabled = true;
    this.tools.redo.disabled = true;
    this.strip.quiet();
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
    this.clock.add(kept.minutes);
    this.answers.panel.quiet();
    this.replace(withDifference(proposal.labels, kept));
  }

  private showPlace(place: Place): void {
    this.companion.follow(this.viewer.placeMm());
    this.strip.showPlace(place, this.reads?.at(place.index));
  }
}
