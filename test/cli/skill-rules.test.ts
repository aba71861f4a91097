import { describe, expect, it } from 'vitest';
import { policyOf, skillRulesOf } from '../../cli/policy-options.ts';

describe('--demand', () => {
  it('is rules of sequences and of all series', () => {
    expect(skillRulesOf('t2_SPACE=space, all=lumbar')).toEqual([
      { sequence: 't2_SPACE', skill: 'space' },
      { sequence: null, skill: 'lumbar' },
    ]);
  });

  it.each(['space', 'ct=bones', 't1=', 't1=Two words', ''])('refuses %j', (text) => {
    expect(() => skillRulesOf(text)).toThrow(/^command line: --demand: expected rules like t2_SPACE=space, of t1, t2/);
  });

  it('becomes part of the policy', () => {
    const demand = skillRulesOf('all=lumbar');
    expect(policyOf({ policy: 'default', demand }).review).toMatchObject({ skillRules: demand, controlShare: 0 });
    expect(policyOf({ policy: 'demo' }).review).not.toHaveProperty('skillRules');
  });
});
