import { z } from 'zod';

/**
 * A re-split from nothing, which moves patients both ways between train and validation. The only thing that moves anybody out of
 * validation, so it is recorded with its reason, in the catalog and in every manifest from then on.
 */
export const FreshSplit = z.object({
  seed: z.int().nonnegative(),
  validationShare: z.number().gt(0).lt(1),
  reason: z.string().min(1),
});
export type FreshSplit = z.infer<typeof FreshSplit>;

/** Of the re-splits of a version, the last that its parent does not have: the one by which it was drawn. */
export function drawnAfresh(
  { resplits = [] }: { resplits?: FreshSplit[] | undefined },
  parent: { resplits?: FreshSplit[] | undefined } | null,
): FreshSplit | null {
  return resplits.length > (parent?.resplits?.length ?? 0) ? resplits.at(-1)! : null;
}
