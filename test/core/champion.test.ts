import { describe, expect, it } from 'vitest';
import { decideChampion } from '../../core/models.ts';

const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];
const FACTS = { round: 2, challenger: NEW, challengerDice: 0.8, champion: OLD, championDice: 0.9, tolerance: 0.01 };
const LEAK = 'validation patients that the model has seen in training: 3';

describe('decideChampion', () => {
  it('goes by Dice, less the tolerance', () => {
    expect(decideChampion(FACTS).promoted).toBe(false);
    expect(decideChampion({ ...FACTS, challengerDice: 0.89 }).promoted).toBe(true);
  });

  it('lets a champion give way that may not be judged on the validation patients any more', () => {
    const decision = decideChampion({ ...FACTS, championDice: null, championLeaks: LEAK });
    expect(decision).toMatchObject({ promoted: true, reason: `the champion can't be judged any more: ${LEAK}` });
  });

  it('does not let a challenger serve that may not be judged on them', () => {
    const decision = decideChampion({ ...FACTS, challengerDice: null, challengerLeaks: LEAK });
    expect(decision).toMatchObject({ promoted: false, reason: `the challenger can't be judged: ${LEAK}` });
  });
});
