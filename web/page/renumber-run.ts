import {
  completeLabel,
  isDisc,
  isPartialVertebra,
  labelName,
  MAX_VERTEBRAE,
  structureClass,
} from '../../core/labels.ts';

/**
 * What labels become when a vertebra, its disc and everything above are counted one up or one down; `from` is any of them, and the
 * canal stands for the whole spine. A string instead says why it can't be done: the run would end where another structure is, or
 * leave 1 to 25. Labels that don't change are absent.
 */
export function renumberedRun(present: readonly number[], from: number, by: 1 | -1): Map<number, number> | string {
  const lowest = isDisc(from) || isVertebraLabel(from) ? levelOf(from) : 1;
  const run = present.filter((label) => (isDisc(label) || isVertebraLabel(label)) && levelOf(label) >= lowest);
  if (run.length === 0) return 'There is nothing to renumber.';
  const levels = run.map((label) => levelOf(label) + by);
  if (Math.min(...levels) < 1) return `${labelName(Math.min(...run.map(completeLabel)))} is the lowest there is.`;
  if (Math.max(...levels) > MAX_VERTEBRAE) return 'There are no labels above the topmost vertebra.';
  const stays = present.filter((label) => !run.includes(label)).map(completeLabel);
  const blocked = run.map((label) => label + by).find((label) => stays.includes(completeLabel(label)));
  if (blocked !== undefined)
    return `${labelName(completeLabel(blocked))} is there already: renumber from it, or erase it.`;
  return new Map(run.map((label) => [label, label + by]));
}

function isVertebraLabel(label: number): boolean {
  return structureClass(label) === 'vertebra';
}

/** 1 to 25: of a vertebra, or of the vertebra above a disc. */
function levelOf(label: number): number {
  if (isDisc(label)) return label - 200;
  return isPartialVertebra(label) ? label - 100 : label;
}
