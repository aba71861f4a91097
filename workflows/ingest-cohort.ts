import { continueAsNew, setHandler } from '@temporalio/workflow';
import { addSummaries, type IngestInput, type IngestSummary } from '../core/ingest.ts';
import { imaging, ledger } from './activities.ts';
import { ingestStateQuery } from './messages.ts';
import { inWindow } from './window.ts';

const CHUNK = 50;
const WINDOW = 4;

/** Takes an uploaded cohort in, series by series through the gate; what is refused is listed and the rest goes in. */
export async function ingestCohort(input: IngestInput): Promise<IngestSummary> {
  const { dataset, folder } = input;
  const state = { done: input.cursor, total: input.cursor, summary: input.soFar };
  setHandler(ingestStateQuery, () => state);

  const { items, total } = await imaging.readIngestList({ list: input.list, from: input.cursor, count: CHUNK });
  state.total = total;
  const taken = await inWindow(items, WINDOW, async (item) => {
    const result = await imaging.ingestSeries({ folder, item });
    state.done += 1;
    return result;
  });
  state.summary = addSummaries(input.soFar, await ledger.commitIngest({ dataset, results: taken }));

  const cursor = input.cursor + items.length;
  if (cursor < total) return continueAsNew<typeof ingestCohort>({ ...input, cursor, soFar: state.summary });
  await ledger.dropUploads({ folder });
  return state.summary;
}
