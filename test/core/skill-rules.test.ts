import { describe, expect, it } from 'vitest';
import { demandedFor, type SkillRule } from '../../core/skill-rules.ts';

const RULES: SkillRule[] = [
  { sequence: 't2_SPACE', skill: 'space' },
  { sequence: null, skill: 'lumbar' },
  { sequence: 't1', skill: 'marrow' },
];

describe('a campaign’s rules', () => {
  it('demand skills of whoever reviews a sequence, and of everybody', () => {
    expect(demandedFor(RULES, '7_t2_SPACE', undefined)).toEqual({ skills: ['lumbar', 'space'] });
    expect(demandedFor(RULES, '7_t2', undefined)).toEqual({ skills: ['lumbar'] });
    expect(demandedFor(RULES.slice(0, 1), '7_t2', undefined)).toBeUndefined();
  });

  it('leave what a task demands besides', () => {
    const roles = ['radiologist' as const];
    expect(demandedFor(RULES, '7_t1', { roles, skills: ['lumbar'] })).toEqual({ roles, skills: ['lumbar', 'marrow'] });
    expect(demandedFor([], '7_t1', { roles })).toEqual({ roles });
  });
});
