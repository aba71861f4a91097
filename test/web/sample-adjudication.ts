import { ROLES_WITH } from '../../core/roles.ts';
import type { FakeTask } from './fake-tasks.ts';
import { blockSpine, SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

/** What the second reader of a sample adjudication drew: L5 without its two topmost rows, and the disc 202 called a vertebra's. */
export function otherRead(x: number, y: number, z: number): number {
  const label = blockSpine(x, y, z);
  if (label === 1 && y < 42) return 0;
  return label === 202 ? 2 : label;
}

/**
 * A decision between two reads of a sample task: read A is the block spine, read B is `otherRead`. L5 has 16 × 16 × 5 voxels in A, two
 * rows of 16 × 5 fewer in B; the disc (16 × 4 × 5) is L4's in B.
 */
export async function sampleAdjudication(task: string): Promise<FakeTask> {
  const own = `${task}.adjudication`;
  const [a, b] = await Promise.all([
    sampleTask(own, SAMPLE_GRIDS.sagittal, { kind: 'adjudication', doubt: 0.7 }),
    sampleTask(own, SAMPLE_GRIDS.sagittal, { labelAt: otherRead }),
  ]);
  return {
    ...a,
    input: {
      ...a.input,
      gates: [],
      candidates: [
        { task, mask: a.input.proposal },
        { task: `${task}.second`, mask: b.input.proposal },
      ],
      notTo: ['ann', 'bob'],
      demands: { roles: [...ROLES_WITH['second-read']] },
    },
    candidates: [a.proposal, b.proposal],
  };
}
