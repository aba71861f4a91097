import { z } from 'zod';

/** A measure that may have no value; then it says why. Never NaN. */
export const Measure = z.discriminatedUnion('defined', [
  z.object({ defined: z.literal(true), value: z.number() }),
  z.object({ defined: z.literal(false), reason: z.string() }),
]);
export type Measure = z.infer<typeof Measure>;

export function measured(value: number): Measure {
  return { defined: true, value };
}

export function unmeasured(reason: string): Measure {
  return { defined: false, reason };
}

/** The value, or undefined where there is none. */
export function valueOf(measure: Measure): number | undefined {
  return measure.defined ? measure.value : undefined;
}
