import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Garbage, GarbagePlan } from '../../client/garbage/collect.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { withProgress } from '../step-progress.ts';
import { versionsCommand } from '../versions-command.ts';

interface GcOptions {
  delete?: boolean;
  /** Milliseconds. */
  olderThan: number;
}

const HOUR_MS = 3_600_000;
const UNIT_MS: Record<string, number> = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS };

/** Adds `gc` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('gc')
    .description('list what no version, ref, task or model of the bucket needs, or delete it')
    .option('--delete', 'delete it; without, nothing is deleted')
    .option('--older-than <age>', 'only what has been there for longer: 90m, 24h, 7d (24h)', age, 24 * HOUR_MS)
    .addHelpText('after', examples('spindle versions gc', 'spindle versions gc --older-than 7d --delete'))
    .addHelpText(
      'after',
      '\nOf all datasets of the bucket. Deletes nothing while an ingest, a round or a training is under way.',
    )
    .action((options: GcOptions) => gc(context, options));
}

async function gc(context: CommandContext, options: GcOptions): Promise<void> {
  const { output } = context;
  const { collectGarbage, planGarbage } = await import('../../client/garbage/collect.ts');
  const { openWork } = await import('../../client/garbage/open-work.ts');
  const [store, { client }] = [await context.store(), await context.temporal()];
  const workNow = () => openWork(client, store);
  const { busy, tasks } = await workNow();
  const plan = options.delete
    ? await withProgress(output, 'delete', (onProgress) =>
        collectGarbage(store, workNow, options.olderThan, onProgress),
      )
    : await planGarbage(store, tasks, options.olderThan);
  const { garbage, bytes, kept } = plan;
  const result = { deleted: options.delete === true, garbage, bytes, kept, openTasks: tasks.length, busy };
  output.result(result, () => print(output, plan, options.delete === true));
  if (busy.length > 0) output.note(`--delete would be refused now: ${busy.join(', ')}`);
}

function print(output: Output, { garbage, bytes, kept }: GarbagePlan, deleted: boolean): void {
  if (garbage.length > 0) {
    output.table<Garbage>(
      [
        { header: 'KIND', value: ({ kind }) => kind },
        { header: 'BYTES', value: (each) => each.bytes, align: 'right' },
        { header: 'LAST MODIFIED', value: ({ lastModified }) => lastModified },
        { header: 'KEY', value: ({ key }) => key },
      ],
      garbage,
    );
    output.line();
  }
  const what = deleted ? 'deleted' : 'not needed';
  output.line(`${what}: ${garbage.length} of ${bytes} bytes; ${kept.objects} objects of ${kept.bytes} bytes are kept`);
}

/** `24h` in milliseconds. */
function age(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new InvalidArgumentError('expected minutes, hours or days, e.g. 90m, 24h or 7d.');
  }
  return Number(count) * UNIT_MS[unit]!;
}
