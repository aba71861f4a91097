import type { VerificationStatus } from '../client/verifications.ts';
import type { Finding } from '../core/verification.ts';
import type { CommandContext } from './context.ts';
import { existingDataset, type DatasetChoice } from './dataset-option.ts';
import { BadResultError, EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

export const SCHEDULES = ['nightly', 'off', 'status'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** `versions verify --schedule`: has it done every night, no more, or tells what the last night found (exit code 1 when anything). */
export async function scheduleVerification(
  context: CommandContext,
  schedule: Schedule,
  choice: DatasetChoice,
): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const verifications = await import('../client/verifications.ts');
  const deps = { client: (await context.temporal()).client, store: await context.store() };
  if (schedule === 'nightly') await verifications.scheduleVerification(deps.client, dataset);
  if (schedule === 'off') await verifications.unscheduleVerification(deps.client, dataset);
  const status = await verifications.verificationStatus(deps, dataset);
  output.result(status, () => print(output, status));
  const { last } = status;
  if (schedule !== 'status' || !last || last.findings.length === 0) return;
  throw new BadResultError(`dataset "${dataset}": the last verification found something`, EXIT.failed);
}

function print(output: Output, { dataset, next, last }: VerificationStatus): void {
  output.line(next === null ? `${dataset}: not verified nightly` : `${dataset}: verified nightly, next at ${next}`);
  if (!last) return output.line('not verified yet');
  const { started, versions, checked, bytes, findings, findingsLeftOut } = last;
  const what = versions.length === 1 ? 'one version' : `${versions.length} versions`;
  const gigabytes = (bytes / 1e9).toFixed(2);
  output.line(`last at ${started}: ${what}, ${checked} volumes, ${gigabytes} GB read`);
  if (findings.length === 0) return output.line('all as the manifests say');
  printFindings(output, findings);
  if (findingsLeftOut > 0) output.line(`and ${findingsLeftOut} more`);
}

/** A table of what is not as a manifest says. */
export function printFindings(output: Output, findings: readonly Finding[]): void {
  output.table<Finding>(
    [
      { header: 'SERIES', value: ({ series }) => series },
      { header: 'KIND', value: ({ kind }) => kind },
      { header: 'PROBLEM', value: ({ problem }) => problem },
      { header: 'WHERE', value: ({ key }) => key },
      { header: 'DETAIL', value: ({ detail }) => detail },
    ],
    findings,
  );
}
