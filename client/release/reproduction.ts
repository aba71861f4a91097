import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { workflowId, type DatasetName, type Digest } from '../../core/ids.ts';
import type { ReleaseMeasures } from '../../core/release-gates.ts';
import type { Reproduction } from '../../core/reproduction.ts';

/** What the last `versions reproduce` of a version came to; null when none has ended, or Temporal has forgotten it. */
export async function lastReproduction(
  client: Client,
  dataset: DatasetName,
  version: Digest,
): Promise<ReleaseMeasures['reproduction']> {
  const handle = client.workflow.getHandle(workflowId.reproduce(dataset, version));
  try {
    if ((await handle.describe()).status.name !== 'COMPLETED') return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
  const { reproduced, allEqual, findings, findingsLeftOut, ...report } = (await handle.result()) as Reproduction;
  if (report.version !== version) return null;
  return { reproduced, equal: allEqual, findings: findings.length + findingsLeftOut };
}
