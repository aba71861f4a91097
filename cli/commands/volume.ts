import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Interpolation } from '../../adapters/resample.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { labelName } from '../../core/labels.ts';
import { orientationCode } from '../../core/orientation.ts';
import { gridWithSpacing } from '../../core/regrid.ts';
import { canonicalCode, reorient } from '../../core/reorient.ts';
import type { Volume } from '../../core/volume.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { mustBePng, refuseExisting, type WriteOptions } from '../new-file.ts';
import type { Output } from '../output.ts';
import { checkVolumes, volumeInfo, type LabelRow } from '../volume-report.ts';
import { orientation, percentiles, threeNumbers } from '../volume-options.ts';

const READS = '.mha, .mhd, .nii, .nii.gz, .nrrd, .nhdr, or a folder with one DICOM series';
const WRITES = '.mha, .nii, .nii.gz or .nrrd';
const INTERPOLATIONS = ['linear', 'nearest'] as const satisfies readonly Interpolation[];

interface ResampleOptions extends WriteOptions {
  to?: string;
  spacing?: [number, number, number];
  interpolation: Interpolation;
}
interface PictureOptions extends WriteOptions {
  mask?: string;
  through?: [number, number, number];
  window?: [number, number];
  height?: number;
}

export function register(program: Command, { output }: CommandContext): void {
  const volume = program.command('volume').description('volumes: check, describe, convert, resample, draw');
  volume
    .command('check')
    .description('say of each file OK, or precisely what is wrong')
    .argument('<files...>', READS)
    .addHelpText('after', examples('spindle volume check images/*.mha', 'spindle volume check scan.nii.gz --json'))
    .addHelpText('after', '\nExit code 2 when any file is refused.')
    .action((files: string[]) => checkVolumes(output, files));
  volume
    .command('info')
    .description('describe a volume: grid, orientation, intensities, digests, labels')
    .argument('<file>', READS)
    .addHelpText('after', examples('spindle volume info images/1_t2.mha', 'spindle volume info masks/1_t2.mha --json'))
    .action((file: string) => info(output, file));
  volume
    .command('convert')
    .description('take a volume over into another format, exactly')
    .argument('<input>', READS)
    .argument('<output>', WRITES)
    .option('--orientation <code>', 'reorder the axes, as PIR; canonical: by the slice axis', orientation)
    .option('--force', 'overwrite the output')
    .addHelpText('after', examples('spindle volume convert dicom/ 7_t2.mha', 'spindle volume convert a.mha a.nii.gz'))
    .action((input: string, target: string, options: WriteOptions & { orientation?: string }) =>
      convert(output, input, target, options),
    );
  registerDrawn(volume, output);
}

function registerDrawn(volume: Command, output: Output): void {
  volume
    .command('resample')
    .description('sample a volume on another grid')
    .argument('<input>', READS)
    .argument('<output>', WRITES)
    .option('--to <reference>', 'on the grid of this volume')
    .option(
      '--spacing <mm>',
      'over the same block: one number, or x,y,z',
      threeNumbers((mm) => mm > 0, 'millimetres above 0'),
    )
    .option(
      '--interpolation <kind>',
      `${INTERPOLATIONS.join(' or ')}; nearest for masks`,
      oneOf(INTERPOLATIONS),
      'linear',
    )
    .option('--force', 'overwrite the output')
    .addHelpText(
      'after',
      examples(
        'spindle volume resample 1_t2_SPACE.mha on_t2.mha --to 1_t2.mha',
        'spindle volume resample mask.mha coarse.mha --spacing 2 --interpolation nearest',
      ),
    )
    .action((input: string, target: string, options: ResampleOptions) => resample(output, input, target, options));
  volume
    .command('picture')
    .description('draw a sagittal, a coronal and an axial slice as a PNG')
    .argument('<image>', READS)
    .argument('<output>', 'a .png')
    .option('--mask <file>', 'lay the structures of this mask over it')
    .option(
      '--through <x,y,z>',
      'the voxel the slices go through',
      threeNumbers((n) => Number.isInteger(n) && n >= 0, 'voxel indices, as 10,200,200'),
    )
    .option('--window <low,high>', 'percentiles that become black and white (1,99)', percentiles)
    .option('--height <pixels>', 'of the sagittal slice (512)', wholeNumber(16))
    .option('--force', 'overwrite the output')
    .addHelpText('after', examples('spindle volume picture images/1_t2.mha 1_t2.png --mask masks/1_t2.mha'))
    .action((image: string, target: string, options: PictureOptions) => picture(output, image, target, options));
}

async function info(output: Output, file: string): Promise<void> {
  const { lines, ...facts } = await volumeInfo(file);
  output.result(facts, () => {
    for (const [field, value] of lines) output.line(`${field.padEnd(13)} ${value}`);
    if (facts.labels === null) return;
    output.line();
    output.table<LabelRow>(
      [
        { header: 'LABEL', value: ({ label }) => label, align: 'right' },
        { header: 'NAME', value: ({ label }) => labelName(label) },
        { header: 'VOXELS', value: ({ voxels }) => voxels, align: 'right' },
        { header: 'ML', value: ({ millilitres }) => millilitres.toFixed(2), align: 'right' },
      ],
      facts.labels,
    );
  });
}

async function convert(
  output: Output,
  input: string,
  target: string,
  options: WriteOptions & { orientation?: string },
): Promise<void> {
  await refuseExisting(target, options);
  const { readVolumeFile, writeVolumeFile } = await import('../../adapters/formats.ts');
  const { volume, format, dropped } = await readVolumeFile(input, input);
  const code = options.orientation === 'canonical' ? canonicalCode(volume.grid) : options.orientation;
  const written = code === undefined ? volume : reorient(volume, code);
  await writeVolumeFile(target, written);
  output.result({ input, format, output: target, ...grid(written), dropped }, () => {
    output.line(`${target}: ${described(written)}`);
    if (dropped.length > 0) output.line(`dropped: ${dropped.join(', ')}`);
  });
}

async function resample(output: Output, input: string, target: string, options: ResampleOptions): Promise<void> {
  const { to, spacing, interpolation } = options;
  if ((to === undefined) === (spacing === undefined)) {
    throw new InvalidInputError(
      'command line',
      '--to, --spacing',
      'one of the two',
      to === undefined ? 'none' : 'both',
    );
  }
  await refuseExisting(target, options);
  const [{ readVolumeFile, writeVolumeFile }, { resampleToGrid }] = await Promise.all([
    import('../../adapters/formats.ts'),
    import('../../adapters/resample.ts'),
  ]);
  const { volume } = await readVolumeFile(input, input);
  const wanted = to === undefined ? gridWithSpacing(volume.grid, spacing!) : (await readVolumeFile(to, to)).volume.grid;
  const written = await resampleToGrid(volume, wanted, interpolation);
  await writeVolumeFile(target, written);
  output.result({ input, output: target, interpolation, ...grid(written) }, () =>
    output.line(`${target}: ${described(written)}`),
  );
}

async function picture(output: Output, file: string, target: string, options: PictureOptions): Promise<void> {
  mustBePng(target);
  await refuseExisting(target, options);
  const [{ readVolumeFile }, { asMask }, { renderPicture }] = await Promise.all([
    import('../../adapters/formats.ts'),
    import('../../adapters/volume.ts'),
    import('../../adapters/picture.ts'),
  ]);
  const { volume } = await readVolumeFile(file, file);
  const mask =
    options.mask === undefined ? null : asMask((await readVolumeFile(options.mask, options.mask)).volume, options.mask);
  const png = renderPicture(volume, mask, {
    ...(options.through && { through: options.through }),
    ...(options.window && { windowPercent: options.window }),
    ...(options.height && { heightPx: options.height }),
  });
  await writeFile(target, png);
  output.result({ image: file, mask: options.mask ?? null, output: target, bytes: png.length }, () =>
    output.line(`${target}: ${png.length} bytes`),
  );
}

function grid({ grid: own, element }: Volume) {
  return { element, orientation: orientationCode(own), grid: own };
}

function described({ grid: own, element }: Volume): string {
  const spacing = own.spacingMm.map((mm) => Number(mm.toFixed(4)));
  return `${own.size.join(' x ')} voxels of ${spacing.join(' x ')} mm, ${orientationCode(own)}, ${element}`;
}
