import type { ModelFiles, SegmentationPlan } from '../core/plans.ts';
import type { Proposal } from '../core/segmentation.ts';
import { imaging, inference } from './activities.ts';

/** Proposes a mask for one series with one model, and says which gates it does not pass. */
export async function segmentSeries(plan: SegmentationPlan, model: ModelFiles): Promise<Proposal> {
  const proposal = await inference.segmentVolume({ image: plan.image, model });
  const gates = await imaging.checkProposal({ image: plan.image, mask: proposal.mask });
  return { ...proposal, gates };
}
