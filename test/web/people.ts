import type { FastifyInstance, InjectOptions } from 'fastify';
import { AuditLog } from '../../adapters/accounts/audit-log.ts';
import type { ScryptCost } from '../../adapters/accounts/password.ts';
import type { RecordBucket } from '../../adapters/accounts/records.ts';
import { Accounts } from '../../client/accounts.ts';
import type { Role } from '../../core/roles.ts';

/** scrypt that takes no time: what is tested is not how slow it is. */
export const CHEAP_COST: ScryptCost = { cost: 2, blockSize: 1, parallelism: 1 };

export const PASSWORD = 'a quiet river in may';

/** Accounts over a bucket, with passwords that are checked at once. */
export function cheapAccounts(bucket: RecordBucket): Accounts {
  return new Accounts({ bucket, audit: new AuditLog(bucket), cost: CHEAP_COST });
}

/** Makes accounts with PASSWORD: `people(bucket, { ann: 'annotator', leo: 'lead' })`. */
export async function people(bucket: RecordBucket, roles: Readonly<Record<string, Role>>): Promise<Accounts> {
  const accounts = cheapAccounts(bucket);
  for (const [name, role] of Object.entries(roles)) await accounts.add(name, role, PASSWORD, 'command-line/test');
  return accounts;
}

/** Signs in as a browser does and gives the cookie as it is sent back. Throws when the server refuses. */
export async function cookieOf(server: FastifyInstance, name: string, password = PASSWORD): Promise<string> {
  const answer = await server.inject({ method: 'POST', url: '/api/session', payload: { name, password } });
  const [cookie] = answer.cookies;
  if (answer.statusCode !== 200 || !cookie) throw new Error(`not signed in: ${answer.statusCode} ${answer.body}`);
  return `${cookie.name}=${cookie.value}`;
}

/** A request of the page, with the cookie that `cookieOf` gave. */
export function pageRequest(cookie: string, options: InjectOptions): InjectOptions {
  return { ...options, headers: { cookie, 'x-spindle-page': '1', ...options.headers } };
}
