import { h, key } from '../dom.ts';

/** What can be done to the mask as a whole structure, or with a whole run of them. */
export interface StructureCommands {
  nextDoubtful(): void;
  renumber(by: 1 | -1): void;
  clearStructure(): void;
  fillBetween(): Promise<void>;
}

/** The buttons under the list of structures. */
export function structureActions(mayDraw: boolean, bench: StructureCommands): HTMLElement {
  const action = (name: string, shortcut: string, title: string, run: () => void, draws = true) =>
    h(
      'button',
      { title, class: draws ? 'tool' : '', disabled: draws && !mayDraw, on: { click: run } },
      name,
      key(shortcut),
    );
  const all = 'The chosen structure and everything above it';
  return h(
    'div',
    { class: 'structure-actions' },
    action('Next doubtful', 'D', 'Go to the next doubtful structure', () => bench.nextDoubtful(), false),
    action('Number up', 'U', `${all}: one level up (L4 → L3)`, () => bench.renumber(1)),
    action('Number down', 'J', `${all}: one level down (L4 → L5)`, () => bench.renumber(-1)),
    action('Clear', 'Del', 'Take the chosen structure out, to draw it anew', () => bench.clearStructure()),
    action(
      'Fill between',
      'I',
      'Fill the chosen structure in between the slices that hold it',
      () => void bench.fillBetween(),
    ),
  );
}
