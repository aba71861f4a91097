import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { READABLE, WRITABLE, writeVolumeFile } from '../../adapters/formats.ts';
import { decodeMha } from '../../adapters/volume.ts';
import { ConflictError } from '../../client/errors.ts';
import { mhaBytes } from '../../client/mask-files.ts';
import type { TaskService } from '../../client/tasks.ts';
import { parseTaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { STRUCTURE_CLASSES, type StructureClass } from '../../core/labels.ts';
import { maySee } from '../../core/review-sight.ts';
import { SubmitRequest, type TaskView, type Verdict } from '../../core/review.ts';
import { numberWithin, oneOf } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { printGates } from '../gate-list.ts';
import { reviewerOf, reviewerOption, taskArgument, type ReviewerChoice } from '../reviewer-option.ts';

/** What `tasks download` writes: the endings without their dot. */
const FORMATS = WRITABLE.map((ending) => ending.slice(1));

interface DownloadOptions extends ReviewerChoice {
  force?: boolean;
  format: string;
}

interface SubmitOptions extends ReviewerChoice {
  accept?: boolean;
  mask?: string;
  exclude?: string;
  sendBack?: string;
  classes?: StructureClass[];
  minutes?: number;
}

/** `tasks download`. */
export function registerDownload(tasks: Command, context: CommandContext): void {
  tasks
    .command('download')
    .description('write the image and the proposal of a task into a folder')
    .addArgument(taskArgument())
    .argument('<folder>', 'made when it is missing')
    .option('--format <ending>', `the editor's: ${FORMATS.join(', ')}`, oneOf(FORMATS), 'mha')
    .option('--force', 'write over files that are there')
    .addOption(reviewerOption())
    .addHelpText(
      'after',
      examples(
        'spindle tasks download spider/2/107_t2 work/',
        'spindle tasks download spider/2/107_t2 work/ --format nii.gz',
      ),
    )
    .addHelpText('after', '\nWrites <series>_image.<ending> and <series>_mask.<ending>; edit the mask and submit it.')
    .action((task: string, folder: string, options: DownloadOptions) => download(context, task, folder, options));
}

/** `tasks submit`. */
export function registerSubmit(tasks: Command, context: CommandContext): void {
  tasks
    .command('submit')
    .description('give your verdict on a task that you have claimed')
    .addArgument(taskArgument())
    .option('--accept', 'the proposal is right as it is')
    .option('--mask <file>', `the corrected mask, on the grid of the image: ${READABLE.join(', ')}`)
    .option('--exclude <reason>', 'the series cannot be used')
    .option('--send-back <reason>', 'in a second read: its author is to look again')
    .option('--classes <names>', `with --mask: the classes you answer for: ${STRUCTURE_CLASSES.join(', ')}`, classes)
    .option('--minutes <n>', 'how long you worked on it; since your claim by default', numberWithin(0, 24 * 60))
    .addOption(reviewerOption())
    .addHelpText(
      'after',
      examples(
        'spindle tasks submit spider/2/107_t2 --accept --minutes 4',
        'spindle tasks submit spider/2/107_t2 --mask work/107_t2_mask.mha',
        'spindle tasks submit spider/2/107_t2 --exclude "metal artefact over three vertebrae"',
      ),
    )
    .addHelpText(
      'after',
      '\nA mask that the gates refuse stays yours to correct: the reasons are shown and the exit code is 4.',
    )
    .action((task: string, options: SubmitOptions) => submit(context, task, options));
}

async function download(
  { output, ...context }: CommandContext,
  task: string,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  const { force = false, format } = options;
  const tasks = await context.tasks();
  const { series } = parseTaskId(task);
  const view = await tasks.show(task);
  refuseBlindedRead(view, view.siblings ? reviewerOf({ output, ...context }, options) : null);
  const [image, proposal] = await Promise.all([tasks.image(task), tasks.proposal(task)]);
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, `${series}_${name}.${format}`);
  const files = { image: at('image'), mask: at('mask') };
  await writeNew(files.image, image, force);
  await writeNew(files.mask, proposal, force);
  const reads = (view.candidates ?? []).map((_, i) => at(`read${i + 1}`));
  for (const [i, file] of reads.entries()) await writeNew(file, await tasks.candidate(task, i + 1), force);
  output.result({ task, ...files, ...(reads.length > 0 && { reads }) }, () =>
    output.line(`wrote ${[files.image, files.mask, ...reads].join(', ')}`),
  );
}

/** Whoever may still read the series by himself gets none of the others' masks. */
function refuseBlindedRead(view: TaskView, name: string | null): void {
  if (name === null || maySee(view, { name })) return;
  throw new ConflictError(
    `${view.task}: one of several reads that must not know of each other; claim it to see its mask`,
  );
}

/** A mask that somebody has edited is not written over unasked. */
async function writeNew(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  if (!force && (await stat(path).catch(() => null))) {
    throw new ConflictError(`${path}: is there already; --force writes over it`);
  }
  if (path.endsWith('.mha')) await writeFile(path, bytes);
  else await writeVolumeFile(path, await decodeMha(bytes, 'stored volume'));
}

async function submit(context: CommandContext, task: string, options: SubmitOptions): Promise<void> {
  const { output } = context;
  const reviewer = reviewerOf(context, options);
  refuseUnlessOne(options);
  const tasks = await context.tasks();
  const view = await tasks.show(task);
  const request = SubmitRequest.parse({
    reviewer,
    baseDigest: view.proposal.digest,
    minutes: options.minutes ?? minutesSinceClaim(view, reviewer, Date.now()),
    verdict: await verdictOf(tasks, task, options),
  });
  const result = await tasks.submit(task, request);
  output.result(result, () => {
    output.line(`${task}: ${result.outcome}`);
    printGates(output, 'the gates', result.gates);
  });
  if (result.outcome === 'refused') {
    throw new BadResultError(`${task}: the gates refuse the mask; it is still ${reviewer}'s to correct`, EXIT.conflict);
  }
}

function refuseUnlessOne({ accept, mask, exclude, sendBack, classes: chosen }: SubmitOptions): void {
  const given = [accept, mask, exclude, sendBack].filter((verdict) => verdict !== undefined).length;
  if (given !== 1) {
    throw new InvalidInputError(
      'command line',
      'verdict',
      'one of --accept, --mask, --exclude and --send-back',
      `${given} of them`,
    );
  }
  if (chosen && mask === undefined) throw new InvalidInputError('command line', '--classes', '--mask with it', 'none');
}

async function verdictOf(
  tasks: TaskService,
  task: string,
  { accept, mask, exclude, sendBack, classes: annotatedClasses }: SubmitOptions,
): Promise<Verdict> {
  if (accept) return { verdict: 'accept' };
  if (sendBack !== undefined) return { verdict: 'send-back', reason: sendBack };
  if (mask === undefined) return { verdict: 'exclude', reason: exclude ?? '' };
  const bytes = await mhaBytes(mask, mask, 'mask').catch((error: NodeJS.ErrnoException) => {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(mask, 'file', 'a readable file', error.code ?? 'none');
  });
  const upload = await tasks.upload(task, bytes);
  return { verdict: 'correct', upload, ...(annotatedClasses ? { annotatedClasses } : {}) };
}

/** Minutes since the reviewer's last claim, to a tenth; 0 when there is none. */
export function minutesSinceClaim({ history }: TaskView, reviewer: string, nowMs: number): number {
  const claim = history.findLast((entry) => entry.event === 'claimed' && entry.reviewer === reviewer);
  if (!claim) return 0;
  const minutes = Math.max(0, nowMs - Date.parse(claim.at)) / 60_000;
  return Math.min(24 * 60, Math.round(minutes * 10) / 10);
}

function classes(text: string): StructureClass[] {
  return [...new Set(text.split(',').map((name) => oneOf(STRUCTURE_CLASSES)(name.trim())))];
}
