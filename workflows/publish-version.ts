import type { DatasetName, Digest } from '../core/ids.ts';
import { ledger } from './activities.ts';

export interface PublishInput {
  dataset: DatasetName;
  round: number;
  stage: 'freeze' | 'round';
  validationShare: number;
  seed: number;
}

/** Assigns new patients to train or validation and publishes the catalog as an immutable version; null when nothing has a reference. */
export async function publishVersion(input: PublishInput): Promise<Digest | null> {
  await ledger.splitPatients(input);
  return ledger.publishVersion(input);
}
