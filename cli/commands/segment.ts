import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { TraversalOptions } from '../../adapters/segmenter/options.ts';
import type { Segmentation } from '../../adapters/segmenter/segment.ts';
import { checkProposal } from '../../core/gates.ts';
import { labelName } from '../../core/labels.ts';
import type { StructureDoubt } from '../../core/review.ts';
import type { Volume } from '../../core/volume.ts';
import { numberWithin, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { modelFrom, MODEL_ARGUMENT } from '../model-source.ts';
import { mustBePng, refuseExisting, type WriteOptions } from '../new-file.ts';
import type { Output } from '../output.ts';

const TRAVERSALS = ['spindle', 'repository', 'deployed', 'mhub'] as const;

interface SegmentCommandOptions extends DatasetChoice, WriteOptions {
  model: string;
  output: string;
  picture?: string;
  trace?: string;
  traversal: (typeof TRAVERSALS)[number];
  maxSeconds?: number;
  mirror?: boolean;
  threads?: number;
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('segment')
    .description('segment one volume with a model: vertebrae, discs and spinal canal')
    .argument('<image>', 'a volume that `spindle volume convert` reads')
    .requiredOption('--model <model>', MODEL_ARGUMENT)
    .requiredOption('-o, --output <mask>', 'where the mask goes: .mha, .nii, .nii.gz or .nrrd')
    .option('--picture <file>', 'draw the image with the mask over it, a .png')
    .option('--trace <file>', 'write each pass of the network as a JSON line')
    .option('--traversal <name>', `${TRAVERSALS.join(', ')}: whose rules`, oneOf(TRAVERSALS), 'spindle')
    .option('--max-seconds <n>', 'stop looking for more vertebrae after so long (900)', numberWithin(0.001, Infinity))
    .option('--mirror', 'show the network mirrored images, too, and average: more passes, better borders')
    .option('--threads <n>', 'threads of one run of the network (2)', wholeNumber(1))
    .option('--force', 'overwrite what is there')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        'spindle segment images/1_t2.mha --model serving -o 1_t2.mha --picture 1_t2.png',
        'spindle segment scan.nii.gz --model out/model.onnx -o scan-mask.nii.gz --json',
      ),
    )
    .addHelpText('after', '\nNeeds no server when the model is a file. Doubt runs from 0 (certain) to 1.')
    .action((image: string, options: SegmentCommandOptions) => segmentFile(context, image, options));
}

async function segmentFile(context: CommandContext, file: string, options: SegmentCommandOptions): Promise<void> {
  const { output: target, picture, trace } = options;
  if (picture !== undefined) mustBePng(picture);
  for (const path of [target, picture, trace]) if (path !== undefined) await refuseExisting(path, options);
  const { readVolumeFile, writeVolumeFile } = await import('../../adapters/formats.ts');
  const { volume } = await readVolumeFile(file, file);
  const found = await run(context, file, volume, options);
  const gates = checkProposal(found.mask, volume.grid);
  await writeVolumeFile(target, found.mask);
  if (trace !== undefined) await writeFile(trace, found.trace.map((step) => `${JSON.stringify(step)}\n`).join(''));
  if (picture !== undefined) {
    const { renderPicture } = await import('../../adapters/picture.ts');
    await writeFile(picture, renderPicture(volume, found.mask));
  }
  const { structures, doubt, end, passes, seconds } = found;
  // Of an empty mask it is said that it is empty.
  const failed = structures.length > 0 ? gates.filter(({ passed }) => !passed) : [];
  context.output.result({ image: file, output: target, structures, doubt, end, passes, seconds, gates }, () => {
    if (structures.length > 0) printStructures(context.output, structures);
    else context.output.line('nothing was found: the mask is empty');
    for (const { gate, severity, measured, expected } of failed) {
      context.output.line(`${severity}: ${gate}: ${measured}; expected ${expected}`);
    }
    const took = `${passes} passes of the network in ${seconds.toFixed(1)} s`;
    context.output.line(`${target}: ${structures.length} structures, doubt ${doubt.toFixed(2)}, ${took} (${end})`);
  });
}

async function run(
  context: CommandContext,
  file: string,
  volume: Volume,
  options: SegmentCommandOptions,
): Promise<Segmentation> {
  const { model, threads, traversal, maxSeconds } = options;
  const { onnx, card } = await modelFrom(context, model, options);
  const [{ loadModel, isSemantic }, { segment }, rules] = await Promise.all([
    import('../../adapters/segmenter/load-model.ts'),
    import('../../adapters/segmenter/segment.ts'),
    traversalRules(traversal),
  ]);
  const network = await loadModel(onnx, card, model, threads === undefined ? {} : { threads });
  // How many windows there are is known with the first of them.
  let progress = isSemantic(network) ? undefined : context.output.progress('vertebrae', rules.maxVertebrae);
  let done = 0;
  try {
    const limits = { ...(maxSeconds === undefined ? {} : { maxSeconds }), mirror: options.mirror ?? false };
    return await segment(volume, network, { ...rules, ...limits, name: file }, (step) => {
      if (step.kind === 'window') progress ??= context.output.progress('windows', step.of);
      if (step.kind === 'accept' || step.kind === 'window') done++;
      progress?.update(done, `pass ${step.pass}`);
    });
  } finally {
    progress?.stop();
    await network.close();
  }
}

async function traversalRules(name: (typeof TRAVERSALS)[number]): Promise<TraversalOptions> {
  const { DEFAULT_TRAVERSAL, PUBLIC_TRAVERSALS } = await import('../../adapters/segmenter/options.ts');
  return name === 'spindle' ? DEFAULT_TRAVERSAL : PUBLIC_TRAVERSALS[name];
}

function printStructures(output: Output, structures: readonly StructureDoubt[]): void {
  output.table<StructureDoubt>(
    [
      { header: 'LABEL', value: ({ label }) => label, align: 'right' },
      { header: 'STRUCTURE', value: ({ label }) => labelName(label) },
      { header: 'DOUBT', value: ({ doubt }) => doubt.toFixed(2), align: 'right' },
    ],
    structures,
  );
}
