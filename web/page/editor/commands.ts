import { showKeys } from '../dialogs.ts';
import type { Viewer } from '../viewer.ts';
import type { Answers } from './answers.ts';
import type { ReadsPanel } from './reads-panel.ts';
import { MOUSE_ROWS, type Command } from './shortcuts.ts';
import type { StructureCommands } from './structure-actions.ts';
import type { ToolPanel } from './tool-panel.ts';

/** Everything the keyboard does in the editor; the list that `?` shows is made from it. */
export function editorCommands(
  tools: ToolPanel,
  viewer: Viewer,
  answers: Answers,
  bench: StructureCommands & { undo(): void; redo(): void; nextCompanion(): void; comment(): void },
  reads: Pick<ReadsPanel, 'flip' | 'toggleDifference' | 'nextPlace'> | null,
): Command[] {
  const command = (keys: string[], shown: string, words: string, run: () => void): Command => ({
    keys,
    shown,
    words,
    run,
  });
  const ofReads = reads && [
    command(['q'], 'Q', 'Read A, read B, my mask', () => reads.flip()),
    command(['h'], 'H', 'Show where the two reads differ', () => reads.toggleDifference()),
    command(['p'], 'P', 'Go to the next place where they differ', () => reads.nextPlace()),
  ];
  const commands = [
    ...(ofReads ?? []),
    command(['a'], 'A', 'Accept as it is', () => answers.accept()),
    command(['s'], 'S', 'Submit the correction', () => answers.submit()),
    command(['x'], 'X', 'Exclude the series, with a reason', () => answers.exclude()),
    command(['r'], 'R', 'Send a second read back to its author', () => void answers.sendBack()),
    command(['g'], 'G', 'Give the task back unanswered', () => void answers.giveBack()),
    command(['k'], 'K', 'Comment on the place under the crosshair', () => bench.comment()),
    command(['l'], 'L', 'Steer the task, as a lead', () => void answers.steer()),
    command(['n'], 'N', 'Next task', () => answers.next()),
    command(['d'], 'D', 'Go to the next doubtful structure', () => bench.nextDoubtful()),
    command(['u'], 'U', 'Renumber this structure and all above one up (L4 → L3)', () => bench.renumber(1)),
    command(['j'], 'J', 'Renumber this structure and all above one down (L4 → L5)', () => bench.renumber(-1)),
    command(['delete'], 'Del', 'Take this structure out, to draw it anew', () => bench.clearStructure()),
    command(['i'], 'I', 'Fill this structure in between its slices', () => void bench.fillBetween()),
    command(['v'], 'V', 'Look: move the crosshair', () => tools.setTool('move')),
    command(['b'], 'B', 'Brush', () => tools.setTool('brush')),
    command(['f'], 'F', 'Outline that fills itself', () => tools.setTool('filled')),
    command(['e'], 'E', 'Eraser', () => tools.setTool('erase')),
    command(['['], '[', 'Smaller brush', () => tools.changeBrushSize(-2)),
    command([']'], ']', 'Larger brush', () => tools.changeBrushSize(2)),
    command(['o'], 'O', 'Protect other structures', () => tools.toggleProtection()),
    command(['z', 'ctrl+z'], 'Z', 'Undo', () => bench.undo()),
    command(['y', 'ctrl+y', 'shift+z', 'ctrl+shift+z'], 'Y', 'Redo', () => bench.redo()),
    command(['m'], 'M', 'Show or hide the mask', () => tools.toggleMask()),
    command(['c'], 'C', 'Show only what I changed, or all', () => tools.toggleChanges()),
    command(['w'], 'W', 'Next grey window', () => tools.nextWindow()),
    command(['t'], 'T', 'Another image of the study beside, or none', () => bench.nextCompanion()),
    command(['1'], '1', 'All views', () => tools.setLayout('all')),
    command(['2'], '2', 'Sagittal view', () => tools.setLayout('sagittal')),
    command(['3'], '3', 'Coronal view', () => tools.setLayout('coronal')),
    command(['4'], '4', 'Axial view', () => tools.setLayout('axial')),
    command(['5'], '5', '3D view', () => tools.setLayout('3d')),
    command(['arrowleft'], '←', 'Sagittal slice towards the right side', () => viewer.step(-1, 0, 0)),
    command(['arrowright'], '→', 'Sagittal slice towards the left side', () => viewer.step(1, 0, 0)),
    command(['arrowup'], '↑', 'Axial slice up', () => viewer.step(0, 0, 1)),
    command(['arrowdown'], '↓', 'Axial slice down', () => viewer.step(0, 0, -1)),
    command(['pageup'], 'Page ↑', 'Coronal slice forwards', () => viewer.step(0, 1, 0)),
    command(['pagedown'], 'Page ↓', 'Coronal slice backwards', () => viewer.step(0, -1, 0)),
    command(['+', '='], '+', 'Zoom in', () => viewer.zoom(1.25)),
    command(['-'], '-', 'Zoom out', () => viewer.zoom(0.8)),
  ];
  const rows = [...commands.map(({ shown, words }) => [shown, words] as const), ...MOUSE_ROWS];
  return [...commands, command(['?'], '?', 'This list', () => void showKeys(rows))];
}
