/** The workflows a worker of the `orchestrate` queue runs. */
export { campaign } from './campaign.ts';
export { erratum } from './erratum.ts';
export { evaluateModel } from './evaluate-model.ts';
export { ingestCohort } from './ingest-cohort.ts';
export { publishVersion } from './publish-version.ts';
export { reproducePage, reproduceVersion } from './reproduce-version.ts';
export { retrainModel, retrainPage } from './retrain-model.ts';
export { reviewTask } from './review-task.ts';
export { round } from './round.ts';
export { segmentSeries } from './segment-series.ts';
export { trainModel } from './train-model.ts';
export { trainVersion } from './train-version.ts';
export { verifyVersions } from './verify-versions.ts';
