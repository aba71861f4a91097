import type { Digest } from './ids.ts';
import type { SignatureState } from './signature.ts';

/**
 * What is wrong with a chain. Of a link: `missing`, `changed` and `unreadable` manifests, one of `another-dataset`, a `bad-signature`.
 * Of a ref: `moved-back` when it names something that follows what main names now, `off-chain` when main's history does not hold what
 * it names, `moved-tag` when a release's tag names another version.
 */
export type ChainProblem =
  | 'missing'
  | 'changed'
  | 'unreadable'
  | 'another-dataset'
  | 'bad-signature'
  | 'moved-back'
  | 'off-chain'
  | 'moved-tag'
  | 'not-an-ancestor';

export interface ChainFinding {
  /** The version concerned, and the ref that names it where it is one that is at fault. */
  version: Digest;
  ref: string | null;
  problem: ChainProblem;
  detail: string;
}

/** One manifest that is there, whose bytes are what its name says. */
export interface ChainLink {
  version: Digest;
  parent: Digest | null;
  series: number;
  /** Per trusted key; empty when no keys were given. */
  signatures: { key: Digest; state: SignatureState }[];
}

export interface ChainReport {
  version: Digest;
  /** From the version to its root, as far as the chain holds. */
  links: ChainLink[];
  /** The first version, which follows none; null when the chain breaks before it. */
  root: Digest | null;
  findings: ChainFinding[];
}

/** A ref that names a version, as `rounds (round 2)` tells it. */
export interface NamedVersion {
  ref: string;
  version: Digest;
}

/** Main's history: from main to the root, or (not `whole`) to where the chain breaks. */
export interface MainHistory {
  main: Digest;
  versions: ReadonlySet<Digest>;
  whole: boolean;
}

/**
 * Holds what refs name against main's history. `ancestors` are those of each named version that is not in it, itself included, as
 * far as they are there; an empty list means that the version itself is gone. Where the history is not whole, a version that is not
 * in it may lie behind the break: then only what follows main is a finding.
 */
export function refFindings(
  { main, versions, whole }: MainHistory,
  named: readonly NamedVersion[],
  ancestors: ReadonlyMap<Digest, readonly Digest[]>,
): ChainFinding[] {
  return named.flatMap(({ ref, version }): ChainFinding[] => {
    if (versions.has(version)) return [];
    const line = ancestors.get(version) ?? [];
    if (line.length === 0)
      return [{ version, ref, problem: 'missing', detail: `${ref} names it, and it is not there` }];
    if (line.includes(main)) {
      const detail = `${ref} names it, and it follows ${main.slice(0, 12)}, which main names: main was moved back`;
      return [{ version, ref, problem: 'moved-back', detail }];
    }
    if (!whole) return [];
    return [{ version, ref, problem: 'off-chain', detail: `${ref} names it, and main's history does not hold it` }];
  });
}
