import { z } from 'zod';
import { Digest } from './ids.ts';

/** What the audit log tells: who did what, when, on what. Nothing about patients but pseudonymous ids. */

export const AUDIT_ACTIONS = [
  'sign-in',
  'sign-in-refused',
  'sign-out',
  'account-added',
  'account-role',
  'account-skills',
  'account-disabled',
  'account-enabled',
  'account-password',
  'token-made',
  'sessions-ended',
  'claim',
  'submit',
  'move',
  'erratum',
  'refused',
] as const;

export const AuditEntry = z.strictObject({
  /** ISO 8601, by the clock of the process that did it. */
  at: z.string(),
  /** The account; `service` for whoever has the access token, `command-line/<login>` for who ran a command. */
  who: z.string().min(1).max(80),
  action: z.enum(AUDIT_ACTIONS),
  /** A task, a version, an account: `phantom/2/11_t1`, `accounts/ann`. */
  subject: z.string().max(200),
  /** What came of it, in a few words: `correct → accepted`. */
  note: z.string().max(500),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/**
 * `audit/<number>.json`: one or more entries that were written together. `previous` is the SHA-256 of the page before, so that a page
 * that is changed, taken out or put in between breaks the chain at that place.
 */
export const AuditPage = z.strictObject({
  schema: z.literal('spindle.audit/1'),
  number: z.int().positive(),
  previous: Digest.nullable(),
  entries: z.array(AuditEntry).min(1),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** How the log names whoever has the access token. */
export const SERVICE = 'service';
