import { setHandler } from '@temporalio/workflow';
import type { DatasetName, Digest } from '../core/ids.ts';
import { joinPages, NOTHING_VERIFIED, type Verification, type VerificationPage } from '../core/verification.ts';
import { verification, verificationLedger } from './activities.ts';
import { verificationQuery } from './messages.ts';
import { inWindow } from './window.ts';

export interface VerifyVersionsInput {
  dataset: DatasetName;
}

/** Volumes an activity reads: a version of 100,000 series is a hundred of them, and its history some 700 events. */
const PAGE = 2_000;
/** Smaller versions are cut into so many, so that a retry need not begin from the start. */
const PAGES_AT_LEAST = 8;
const WINDOW = 2;

/** Reads all that the versions named by a dataset's refs consist of, and files what is not as the manifests say. Changes nothing else. */
export async function verifyVersions({ dataset }: VerifyVersionsInput): Promise<Verification> {
  const started = new Date().toISOString();
  const planned = await verificationLedger.planVerification({ dataset });
  const pages = planned.flatMap(({ version, volumes }, at) => pagesOf(dataset, before(planned, at), version, volumes));
  let done = 0;
  setHandler(verificationQuery, () => ({ done, total: pages.length }));
  const results = await inWindow(pages, WINDOW, async (page) => {
    const result = await verification.verifyPage(page);
    done += 1;
    return result;
  });
  const manifests = planned.map(({ findings }) => ({ ...NOTHING_VERIFIED, findings }));
  const sum = [...manifests, ...results].reduce(joinPages, NOTHING_VERIFIED);
  const versions = planned.map(({ version }) => version);
  const made: Verification = { started, ended: new Date().toISOString(), versions, ...sum };
  await verificationLedger.recordVerification({ dataset, verification: made });
  return made;
}

/** The versions before one that can be read. */
function before(planned: readonly { version: Digest; volumes: number }[], at: number): Digest[] {
  return planned.slice(0, at).flatMap(({ version, volumes }) => (volumes > 0 ? [version] : []));
}

function pagesOf(dataset: DatasetName, earlier: Digest[], version: Digest, volumes: number): VerificationPage[] {
  const count = Math.min(PAGE, Math.max(1, Math.ceil(volumes / PAGES_AT_LEAST)));
  const pages = Math.ceil(volumes / count);
  return Array.from({ length: pages }, (_, page) => ({
    dataset,
    versions: [...earlier, version],
    from: page * count,
    count,
  }));
}
