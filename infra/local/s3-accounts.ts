import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalPaths } from './paths.ts';
import { writePrivateFile } from './private-file.ts';
import { s3Account, s3Credentials, type S3Account } from './secrets.ts';

/** Each account's bucket. Neither account may so much as list the other's. */
export const LOCAL_BUCKETS = { ordinary: 'spindle', sealed: 'spindle-sealed' } as const satisfies Record<
  S3Account,
  string
>;
export const LOCAL_REGION = 'us-east-1';

const ON_BUCKET = ['s3:ListBucket', 's3:GetBucketLocation'];
const ON_OBJECTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

/**
 * Writes the accounts for versitygw to read when it starts: the file that its `--iam-dir` keeps, since its `admin` command would take
 * secrets on the command line. Role `user`: may do what a bucket's policy says, and make no bucket.
 */
export function writeAccounts(paths: LocalPaths): void {
  const accounts = (['ordinary', 'sealed'] as const).map((name) => {
    const { accessKeyId: access, secretAccessKey: secret } = s3Account(paths, name);
    return [access, { access, secret, role: 'user', userID: 0, groupID: 0, projectID: 0 }] as const;
  });
  mkdirSync(paths.s3Accounts, { recursive: true, mode: 0o700 });
  writePrivateFile(
    join(paths.s3Accounts, 'users.json'),
    JSON.stringify({ accessAccounts: Object.fromEntries(accounts) }),
  );
}

/** Makes both buckets, which belong to root, and opens each to its account alone; harmless when done before. */
export async function openBuckets(paths: LocalPaths, endpoint: string): Promise<void> {
  // Loaded here: every command reads this file's constants, and few make buckets.
  const { CreateBucketCommand, PutBucketPolicyCommand, S3Client } = await import('@aws-sdk/client-s3');
  const credentials = s3Credentials(paths);
  const client = new S3Client({ endpoint, region: LOCAL_REGION, forcePathStyle: true, credentials });
  try {
    for (const name of ['ordinary', 'sealed'] as const) {
      const Bucket = LOCAL_BUCKETS[name];
      await client.send(new CreateBucketCommand({ Bucket })).catch((error: Error) => {
        if (error.name !== 'BucketAlreadyOwnedByYou' && error.name !== 'BucketAlreadyExists') throw error;
      });
      const Policy = JSON.stringify(policyFor(Bucket, s3Account(paths, name).accessKeyId));
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }
  } finally {
    client.destroy();
  }
}

function policyFor(bucket: string, account: string): object {
  const allow = (Action: string[], Resource: string) => {
    return { Effect: 'Allow', Principal: { AWS: [account] }, Action, Resource };
  };
  const arn = `arn:aws:s3:::${bucket}`;
  return { Version: '2012-10-17', Statement: [allow(ON_BUCKET, arn), allow(ON_OBJECTS, `${arn}/*`)] };
}
