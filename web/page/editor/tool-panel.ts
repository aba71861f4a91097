import { labelName } from '../../../core/labels.ts';
import { h, key } from '../dom.ts';
import { GREY_WINDOWS, type GreyWindow } from '../grey-window.ts';
import { cssColour } from '../label-colours.ts';
import { DRAWABLE_LABELS } from '../label-order.ts';
import type { Layout, Tool, Viewer } from '../viewer.ts';

const TOOLS: readonly (readonly [Tool, string, string])[] = [
  ['move', 'V', 'Look'],
  ['brush', 'B', 'Brush'],
  ['filled', 'F', 'Outline, filled'],
  ['erase', 'E', 'Eraser'],
];
const LAYOUTS: readonly (readonly [Layout, string, string])[] = [
  ['all', '1', 'All'],
  ['sagittal', '2', 'Sagittal'],
  ['coronal', '3', 'Coronal'],
  ['axial', '4', 'Axial'],
  ['3d', '5', '3D'],
];
const LARGEST_BRUSH = 31;

/** Tools, pen and view settings on the left. What it sets goes straight to the viewer. */
export class ToolPanel {
  readonly element: HTMLElement;
  private readonly tools = new Map<Tool, HTMLButtonElement>();
  private readonly layouts = new Map<Layout, HTMLButtonElement>();
  private readonly pen = h('select', { 'aria-label': 'Structure to draw' });
  private readonly swatch = h('span', { class: 'swatch' });
  private readonly size = h('input', { type: 'range', min: 1, max: LARGEST_BRUSH, step: 2, value: 3 });
  private readonly sizeText = h('output');
  private readonly opacity = h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: 0.3 });
  private readonly shown = h('input', { type: 'checkbox', checked: true });
  private readonly changes = h('input', { type: 'checkbox' });
  private readonly window = h(
    'select',
    { 'aria-label': 'Grey window' },
    ...GREY_WINDOWS.map(([window, name]) => h('option', { value: window }, name)),
  );
  private readonly protect = h('input', { type: 'checkbox' });
  readonly undo = h('button', { disabled: true, title: 'Undo (Z)' }, 'Undo', key('Z'));
  readonly redo = h('button', { disabled: true, title: 'Redo (Y)' }, 'Redo', key('Y'));

  constructor(
    private readonly viewer: Viewer,
    private readonly mayDraw: boolean,
    private readonly events: { penChanged(label: number): void; showChanges(only: boolean): void },
    companion: HTMLElement,
  ) {
    const tools = TOOLS.map(([tool, shortcut, name]) => {
      const button = h(
        'button',
        { class: 'tool', disabled: !mayDraw && tool !== 'move', on: { click: () => this.setTool(tool) } },
        name,
        key(shortcut),
      );
      this.tools.set(tool, button);
      return button;
    });
    const layouts = LAYOUTS.map(([layout, shortcut, name]) => {
      const button = h('button', { title: `${name} (${shortcut})`, on: { click: () => this.setLayout(layout) } }, name);
      this.layouts.set(layout, button);
      return button;
    });
    this.pen.addEventListener('change', () => this.setPen(Number(this.pen.value)));
    this.size.addEventListener('input', () => this.setBrushSize(this.size.valueAsNumber));
    this.opacity.addEventListener('input', () => viewer.setOpacity(this.opacity.valueAsNumber));
    this.shown.addEventListener('change', () => viewer.showMask(this.shown.checked));
    this.changes.addEventListener('change', () => events.showChanges(this.changes.checked));
    this.window.addEventListener('change', () => this.setWindow(this.window.value as GreyWindow));
    this.element = h(
      'aside',
      { class: 'tools', 'aria-label': 'Tools' },
      group('Tool', h('div', { class: 'stack', role: 'group', 'aria-label': 'Tool' }, ...tools)),
      group(
        'Pen',
        h('div', { class: 'pen' }, this.swatch, this.pen),
        h('label', { class: 'range' }, h('span', {}, 'Size', this.sizeText), this.size),
        h(
          'label',
          { class: 'check', title: 'The brush paints over background only; the eraser rubs out only this structure' },
          this.protect,
          'Protect other structures',
          key('O'),
        ),
        h('div', { class: 'row' }, this.undo, this.redo),
      ),
      group(
        'View',
        h('div', { class: 'row layouts', role: 'group', 'aria-label': 'Views' }, ...layouts),
        h('label', { class: 'check' }, this.shown, 'Show the mask', key('M')),
        h('label', { class: 'check' }, this.changes, 'Only my changes', key('C')),
        h('label', { class: 'range' }, 'Filling of the mask', this.opacity),
        h('label', { class: 'range' }, h('span', {}, 'Grey window', key('W')), this.window),
        companion,
      ),
    );
    this.setBrushSize(3);
    this.setTool('move');
    this.setLayout('all');
  }

  setTool(tool: Tool): void {
    if (!this.mayDraw && tool !== 'move') return;
    this.viewer.setTool(tool);
    for (const [each, button] of this.tools) button.setAttribute('aria-pressed', String(each === tool));
  }

  setLayout(layout: Layout): void {
    this.viewer.setLayout(layout);
    for (const [each, button] of this.layouts) button.setAttribute('aria-pressed', String(each === layout));
  }

  setWindow(window: GreyWindow): void {
    this.window.value = window;
    this.viewer.setWindow(window);
  }

  nextWindow(): void {
    const at = GREY_WINDOWS.findIndex(([window]) => window === this.window.value);
    this.setWindow(GREY_WINDOWS[(at + 1) % GREY_WINDOWS.length]![0]);
  }

  toggleChanges(): void {
    this.changes.checked = !this.changes.checked;
    this.events.showChanges(this.changes.checked);
  }

  /** The whole mask is shown again. */
  endChanges(): void {
    this.changes.checked = false;
  }

  /** The label to draw with. */
  get penLabel(): number {
    return Number(this.pen.value);
  }

  setPen(label: number): void {
    if (![...this.pen.options].some((option) => option.value === String(label))) return;
    this.pen.value = String(label);
    this.swatch.style.background = cssColour(label);
    this.viewer.setLabel(label);
    this.events.penChanged(label);
  }

  /** Offers the labels of the mask first, then every other that may be drawn. */
  offer(present: readonly number[]): void {
    const chosen = this.pen.value;
    const option = (label: number) => h('option', { value: label }, `${labelName(label)} · ${label}`);
    this.pen.replaceChildren(
      h('optgroup', { label: 'In this mask' }, ...present.map(option)),
      h('optgroup', { label: 'Others' }, ...DRAWABLE_LABELS.filter((label) => !present.includes(label)).map(option)),
    );
    this.pen.value = chosen;
  }

  changeBrushSize(by: number): void {
    this.setBrushSize(Math.min(LARGEST_BRUSH, Math.max(1, this.size.valueAsNumber + by)));
  }

  toggleMask(): void {
    this.shown.checked = !this.shown.checked;
    this.viewer.showMask(this.shown.checked);
  }

  toggleProtection(): void {
    this.protect.checked = !this.protect.checked;
  }

  /** Whether a stroke may change voxels of a label. */
  mayPaintOver(label: number): boolean {
    return !this.protect.checked || label === 0 || label === this.penLabel;
  }

  private setBrushSize(voxels: number): void {
    this.size.value = String(voxels);
    this.sizeText.textContent = `${voxels} ${voxels === 1 ? 'voxel' : 'voxels'}`;
    this.viewer.setBrushSize(voxels);
  }
}

function group(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('section', {}, h('h3', {}, title), ...children);
}
