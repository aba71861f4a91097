import { describe, expect, it } from 'vitest';
import { assertNoLeak, LeakError } from '../../core/leak.ts';

function leak(seen: string[], validation: string[]): LeakError | undefined {
  try {
    assertNoLeak(seen, validation);
    return undefined;
  } catch (error) {
    if (error instanceof LeakError) return error;
    throw error;
  }
}

describe('assertNoLeak', () => {
  it('lets a model be judged on patients that it has not seen', () => {
    expect(leak(['1', '2'], ['3', '4'])).toBeUndefined();
    expect(leak([], ['3'])).toBeUndefined();
    expect(leak(['1'], [])).toBeUndefined();
  });

  it('names the patients that it has seen, each once, in order', () => {
    const error = leak(['7', '12', '3'], ['7', '4', '12', '7']);
    expect(error?.patients).toEqual(['12', '7']);
    expect(error?.message).toBe('validation patients that the model has seen in training: 12, 7');
    expect(error?.name).toBe('LeakError');
  });

  it('does not take a name for another that begins like it', () => {
    expect(leak(['1'], ['10', '11'])).toBeUndefined();
  });

  it('keeps its message short and its list whole', () => {
    const all = Array.from({ length: 23 }, (_, i) => `p${100 + i}`);
    const error = leak(all, all);
    expect(error?.patients).toHaveLength(23);
    expect(error?.message).toMatch(/p119 and 3 more$/);
    expect(error?.message).not.toContain('p120');
  });
});
