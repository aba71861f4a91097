import { labelName } from '../../../core/labels.ts';
import type { Api } from '../api.ts';
import { decodeVolume, encodeMask, labelsOf } from '../mha.ts';
import { messageOf } from '../panels.ts';
import type { OpenTask } from './open-task.ts';
import type { VerdictPanel } from './verdict-panel.ts';

/**
 * Has the server fill a structure in between the slices on which it was drawn. Gives the new labels in file order, or null when
 * there is nothing to fill or the server could not; the panel then says why. `labels` are in file order.
 */
export async function filledBetween(
  api: Api,
  { task, proposal }: OpenTask,
  label: number,
  labels: Uint8Array,
  panel: VerdictPanel,
): Promise<Uint8Array | null> {
  const name = labelName(label);
  panel.say('busy', 'Filling …', `${name}, in between the slices that hold it.`);
  try {
    const file = await api.fill(task.task, label, await encodeMask(proposal.grid, labels));
    const filled = labelsOf(await decodeVolume(file, 'filled mask'), 'filled mask');
    const added = filled.reduce((sum, value, at) => sum + (value === labels[at] ? 0 : 1), 0);
    if (added > 0) {
      panel.say('good', 'Filled', `${added.toLocaleString()} voxels of ${name} in between its slices. Undo with Z.`);
      return filled;
    }
    const text = `${name} has no gap between two slices: clear it (Delete), draw it on every other slice, and fill again.`;
    panel.say('note', 'Nothing to fill', text);
  } catch (error) {
    panel.say('bad', 'Not filled', messageOf(error));
  }
  return null;
}
