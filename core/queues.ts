/** Task queues by resource, and every timeout and retry of the loop, in this one file. Plain values: workers read them too. */

export const QUEUE = {
  /** Workflows, and activities that only move small JSON. */
  orchestrate: 'orchestrate',
  /** CPU work on voxels: decoding, gates, resampling, scores. */
  imaging: 'imaging',
  /** Running a network. */
  inference: 'inference',
  /** Training: one job at a time, no workflows. */
  train: 'train-gpu',
} as const;

const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

/** Errors by these names are permanent: the input itself is wrong, and trying again can't help. */
export const PERMANENT_ERRORS = [
  'InvalidInputError',
  'CorruptObjectError',
  'MissingObjectError',
  'LeakError',
  'HiddenPatientError',
  'NoReferencesError',
  'UnknownModelError',
  'TrainerMachineError',
  'ZodError',
] as const;

export const LEDGER_ACTIVITY = {
  taskQueue: QUEUE.orchestrate,
  // A version of 100,000 series takes a minute.
  startToCloseTimeout: '10m',
  // A killed worker is noticed after so long without a heartbeat (activities/heartbeat.ts), and its work goes to another one.
  heartbeatTimeout: '15s',
  retry: { ...retry, nonRetryableErrorTypes: [...PERMANENT_ERRORS] },
} as const;

export const IMAGING_ACTIVITY = {
  taskQueue: QUEUE.imaging,
  startToCloseTimeout: '15m',
  heartbeatTimeout: '30s',
  retry: { ...retry, nonRetryableErrorTypes: [...PERMANENT_ERRORS] },
} as const;

/** Reading thousands of volumes. */
export const VERIFICATION_ACTIVITY = { ...IMAGING_ACTIVITY, startToCloseTimeout: '12h' } as const;

export const INFERENCE_ACTIVITY = {
  taskQueue: QUEUE.inference,
  startToCloseTimeout: '2h',
  heartbeatTimeout: '30s',
  retry: { ...retry, nonRetryableErrorTypes: [...PERMANENT_ERRORS] },
} as const;

export const TRAINING_ACTIVITY = {
  taskQueue: QUEUE.train,
  startToCloseTimeout: '14d',
  heartbeatTimeout: '30s',
  retry: { ...retry, nonRetryableErrorTypes: [...PERMANENT_ERRORS] },
} as const;
