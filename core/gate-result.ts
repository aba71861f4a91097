import { z } from 'zod';

/**
 * A small change that would make a gate pass, where only one is possible. Proposed, never made silently: `applyFix`
 * (core/gates/fixes.ts) makes it on a copy.
 */
export const GateFix = z.object({
  /** `remove-pieces`: stray pieces of the labels become background. `renumber`: labels become others, voxel by voxel. */
  kind: z.enum(['remove-pieces', 'renumber']),
  /** Labels that it touches, as they are now. */
  labels: z.array(z.int()),
  /** Voxels that it changes. */
  voxels: z.int().nonnegative(),
  /** For people: what it does. */
  description: z.string(),
  /** `renumber` only: what each label becomes, all at once. */
  renumbering: z.array(z.object({ from: z.int(), to: z.int() })).optional(),
});
export type GateFix = z.infer<typeof GateFix>;

/** What one gate found: its name, what it measured, what it allows, and whether a failure refuses the mask or only flags it. */
export const GateResult = z.object({
  gate: z.string(),
  severity: z.enum(['refuse', 'flag']),
  passed: z.boolean(),
  measured: z.string(),
  expected: z.string(),
  /** Labels concerned, if any. */
  labels: z.array(z.int()),
  /** A certain fix, if there is one. */
  fix: GateFix.optional(),
});
export type GateResult = z.infer<typeof GateResult>;

export function refusals(results: readonly GateResult[]): GateResult[] {
  return results.filter((result) => !result.passed && result.severity === 'refuse');
}

/** Puts a result together; labels and fix stand only in one that did not pass. */
export function gateResult(
  gate: string,
  severity: GateResult['severity'],
  passed: boolean,
  {
    measured,
    expected,
    labels,
    fix,
  }: { measured: string; expected: string; labels?: number[]; fix?: GateFix | undefined },
): GateResult {
  const result = { gate, severity, passed, measured, expected, labels: passed ? [] : (labels ?? []) };
  return passed || !fix ? result : { ...result, fix };
}
