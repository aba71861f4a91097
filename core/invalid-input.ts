/**
 * Bad input from outside, permanent: retrying can't help. Names the object (a file name, never patient data), the field, what
 * was expected and what came.
 */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';

  constructor(
    readonly object: string,
    readonly field: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${object}: ${field}: expected ${expected}, got ${got}`);
  }
}
