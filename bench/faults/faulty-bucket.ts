import type { S3Bucket } from '../../adapters/s3-bucket.ts';

/** Where a request is lost: before the server got it, or after, so that only its answer is. */
export const LOSSES = ['request', 'answer'] as const;
export type Loss = (typeof LOSSES)[number];

/** What stands for a process that was killed, or a server that went away, at one request. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** A bucket that fails from its n-th request on, as for a process that dies there: nothing that it does later has an effect. */
export interface FaultyBucket {
  bucket: S3Bucket;
  /** Requests so far. */
  requests(): number;
}

/** `failAt` counts from 1; 0: never. */
export function faultyBucket(real: S3Bucket, failAt: number, loss: Loss): FaultyBucket {
  let requests = 0;
  const bucket = new Proxy(real, {
    get(target, name: keyof S3Bucket) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'close') return value;
      if (name === 'list') return (prefix: string) => listed(target, prefix, count);

      return async (...args: unknown[]) => {
        const fails = count();
        if (fails && (loss === 'request' || requests > failAt)) throw new InjectedFault(`request ${requests}`);
        const answer: unknown = await (value as (...given: unknown[]) => unknown).apply(target, args);
        if (fails) throw new InjectedFault(`answer to request ${requests}`);
        return answer;
      };
    },
  });
  const count = (): boolean => {
    requests++;
    return failAt > 0 && requests >= failAt;
  };
  return { bucket, requests: () => requests };
}

async function* listed(target: S3Bucket, prefix: string, fails: () => boolean) {
  if (fails()) throw new InjectedFault('a list');
  yield* target.list(prefix);
}
