/** What was asked about isn't there: a dataset, a version, a campaign. The message names it. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The state of things does not allow the request, or it is under way already; the message says what stands in the way. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}
