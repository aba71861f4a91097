import { Option, type Command } from 'commander';
import { AuditLog } from '../../adapters/accounts/audit-log.ts';
import type { AuditEntry } from '../../core/audit.ts';
import { Digest } from '../../core/ids.ts';
import { checkedBy, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';

interface AuditOptions {
  limit: number;
  verify?: boolean;
  expect?: string;
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('audit-log')
    .description('show who did what and when, newest first, or check that nobody has changed it')
    .option('--limit <n>', 'so many entries', wholeNumber(1), 50)
    .option('--verify', 'check the whole chain instead')
    .addOption(
      new Option('--expect <digest>', 'with --verify: a digest that it printed before').argParser(checkedBy(Digest)),
    )
    .addHelpText('after', examples('spindle audit-log', 'spindle audit-log --verify', 'spindle audit-log --json'))
    .action((options: AuditOptions) => (options.verify ? verify(context, options) : show(context, options)));
}

async function show({ output, ...context }: CommandContext, { limit }: AuditOptions): Promise<void> {
  const log = new AuditLog((await context.store()).bucket);
  const entries: AuditEntry[] = [];
  for await (const page of log.backwards()) {
    entries.push(...page.entries.toReversed());
    if (entries.length >= limit) break;
  }
  const shown = entries.slice(0, limit);
  output.result({ entries: shown }, () => {
    if (shown.length === 0) return output.line('nothing yet');
    output.table<AuditEntry>(
      [
        { header: 'WHEN', value: ({ at }) => at.slice(0, 19).replace('T', ' ') },
        { header: 'WHO', value: ({ who }) => who },
        { header: 'WHAT', value: ({ action }) => action },
        { header: 'ON', value: ({ subject }) => subject },
        { header: 'NOTE', value: ({ note }) => note },
      ],
      shown,
    );
  });
}

async function verify({ output, ...context }: CommandContext, { expect }: AuditOptions): Promise<void> {
  const found = await new AuditLog((await context.store()).bucket).verify();
  const { pages, entries, head, breaks } = found;
  const missing = expect !== undefined && !found.digests.includes(expect);
  output.result({ pages, entries, head, breaks, ...(expect && { expected: !missing }) }, () => {
    for (const { number, why } of breaks) output.line(`page ${number}: ${why}`);
    if (missing) output.line(`no page has the digest ${expect}: the end of the log was cut off, or the log rewritten`);
    if (breaks.length > 0 || missing) return;
    output.line(`${entries} entries on ${pages} pages, each naming the one before`);
    if (head) output.line(`newest page ${head.number}: ${head.digest}`);
  });
  if (breaks.length > 0 || missing) throw new BadResultError('the audit log is not whole', EXIT.failed);
}
