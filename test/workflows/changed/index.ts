import { sleep } from '@temporalio/workflow';
import * as real from '../../../workflows/index.ts';

/** The workflows with one change each that a running one would not survive: a timer before anything else. The control of the replay. */
export const campaign = later(real.campaign);
export const erratum = later(real.erratum);
export const evaluateModel = later(real.evaluateModel);
export const ingestCohort = later(real.ingestCohort);
export const publishVersion = later(real.publishVersion);
export const reproducePage = later(real.reproducePage);
export const reproduceVersion = later(real.reproduceVersion);
export const retrainModel = later(real.retrainModel);
export const retrainPage = later(real.retrainPage);
export const reviewTask = later(real.reviewTask);
export const round = later(real.round);
export const segmentSeries = later(real.segmentSeries);
export const trainModel = later(real.trainModel);
export const trainVersion = later(real.trainVersion);
export const verifyVersions = later(real.verifyVersions);

function later<Args extends unknown[], Result>(workflow: (...args: Args) => Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    await sleep(1);
    return workflow(...args);
  };
}
