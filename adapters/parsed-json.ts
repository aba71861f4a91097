import type { ZodType } from 'zod';
import { InvalidInputError } from '../core/invalid-input.ts';

/** JSON bytes checked by a schema. Throws InvalidInputError about `object`: no JSON, or not `expected`, by the first field at fault. */
export function parsedJson<T>(bytes: Uint8Array, schema: ZodType<T>, object: string, expected: string): T {
  const text = Buffer.from(bytes).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidInputError(object, 'content', 'JSON', `${text.length} characters that are none`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInputError(object, issue?.path.join('.') || 'content', expected, issue?.message ?? 'something else');
}
