import { describe, expect, it } from 'vitest';
import { refFindings, type NamedVersion } from '../../core/version-chain.ts';

const digest = (letter: string) => letter.repeat(64);
const [A, B, C, D, X] = ['a', 'b', 'c', 'd', 'e'].map(digest) as [string, string, string, string, string];

// a ← b ← c ← d; x is a root of its own. Each is written with what it follows.
const LINES: Record<string, string[]> = { [A]: [A], [B]: [B, A], [C]: [C, B, A], [D]: [D, C, B, A], [X]: [X] };

function found(main: string, named: NamedVersion[], whole = true) {
  const versions = new Set(whole ? LINES[main] : [main]);
  const ancestors = new Map(named.map(({ version }) => [version, LINES[version] ?? []]));
  return refFindings({ main, versions, whole }, named, ancestors).map(({ ref, problem }) => `${ref} ${problem}`);
}

describe('refs against the history of main', () => {
  it('are right when they name it or an ancestor', () => {
    expect(
      found(
        C,
        [A, B, C].map((version) => ({ ref: 'round', version })),
      ),
    ).toEqual([]);
  });

  it('show that main was moved back', () => {
    expect(found(B, [{ ref: 'round 3', version: D }])).toEqual(['round 3 moved-back']);
  });

  it('show another history, and what is gone', () => {
    const named = [
      { ref: 'tags/v1', version: X },
      { ref: 'round 2', version: digest('f') },
    ];
    expect(found(C, named)).toEqual(['tags/v1 off-chain', 'round 2 missing']);
  });

  it('say nothing of what may lie behind a break, but see a move back', () => {
    const named = [
      { ref: 'tags/old', version: A },
      { ref: 'round 3', version: D },
    ];
    expect(found(C, named, false)).toEqual(['round 3 moved-back']);
  });
});
