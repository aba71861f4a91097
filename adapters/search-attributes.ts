import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { InvalidInputError } from '../core/invalid-input.ts';

/** Name and Temporal type of every custom search attribute that the workflows set. They must exist before a workflow sets them. */
export const SEARCH_ATTRIBUTES = {
  SpindleDataset: 'Keyword',
  SpindleRound: 'Int',
  SpindleSeries: 'Keyword',
  SpindleState: 'Keyword',
  SpindleKind: 'Keyword',
  SpindleDoubt: 'Double',
  SpindleReviewer: 'Keyword',
  SpindleMinutes: 'Double',
  SpindleTags: 'KeywordList',
  SpindleChanged: 'Datetime',
} as const;

// temporal.api.enums.v1.IndexedValueType
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3, Double: 4, Datetime: 6, KeywordList: 7 } as const;

/**
 * Registers the search attributes that a namespace lacks and waits until all are there; harmless when they are. The local dev server
 * has them from its command line. Throws InvalidInputError when one exists with another type, and the server's own error when it
 * doesn't allow registering (Temporal Cloud: `tcld namespace search-attributes add`).
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const wanted = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]] as const);
  const missing = async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return wanted.filter(([name, type]) => {
      const found: number | null | undefined = customAttributes[name];
      if (found && found !== type) {
        throw new InvalidInputError(`namespace ${namespace}`, name, `search attribute type ${type}`, String(found));
      }
      return !found;
    });
  };
  const absent = await missing();
  if (absent.length === 0) return;
  await connection.operatorService
    .addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(absent) })
    .catch((error: { code?: number }) => {
      // gRPC ALREADY_EXISTS: another worker was faster.
      if (error.code !== 6) throw error;
    });
  for (let waitedMs = 0; (await missing()).length > 0; waitedMs += 500) {
    if (waitedMs > 30_000) throw new Error(`namespace ${namespace}: the search attributes don't appear`);
    await sleep(500);
  }
}
