import { z } from 'zod';
import { DatasetName } from '../core/ids.ts';
import { CampaignState, RoundReport, RoundState } from '../core/loop.ts';
import { Companion, TaskRow } from '../core/review.ts';

/** Shapes of the HTTP API beside those of core/review.ts; the server answers with them and the page checks them. */

/** The body of every error answer (RFC 9457, `application/problem+json`). `type` is a stable name to branch on. */
export const Problem = z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;

/** `GET /api/tasks` */
export const TaskList = z.object({ tasks: z.array(TaskRow) });
export type TaskList = z.infer<typeof TaskList>;

/** `GET /api/tasks/…/companions` */
export const CompanionList = z.object({ companions: z.array(Companion) });
export type CompanionList = z.infer<typeof CompanionList>;

/** `GET /api/datasets`: the names, and where people look at the workflows. */
export const DatasetList = z.object({ datasets: z.array(DatasetName), temporalUiUrl: z.string().nullable() });
export type DatasetList = z.infer<typeof DatasetList>;

/** `GET /api/datasets/:dataset`: what the board shows. */
export const DatasetBoard = z.object({
  state: CampaignState.nullable(),
  round: RoundState.nullable(),
  reports: z.array(RoundReport),
});
export type DatasetBoard = z.infer<typeof DatasetBoard>;
