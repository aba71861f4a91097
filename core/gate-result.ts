import { z } from 'zod';

/** What one gate found: its name, what it measured, what it allows, and whether a failure refuses the mask or only flags it. */
export const GateResult = z.object({
  gate: z.string(),
  severity: z.enum(['refuse', 'flag']),
  passed: z.boolean(),
  measured: z.string(),
  expected: z.string(),
  /** Labels concerned, if any. */
  labels: z.array(z.int()),
});
export type GateResult = z.infer<typeof GateResult>;

export function refusals(results: readonly GateResult[]): GateResult[] {
  return results.filter((result) => !result.passed && result.severity === 'refuse');
}
