import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { readTable } from '../../adapters/cohort-material.ts';
import { readMaskFile, readMhaGrid } from '../../adapters/mha-file.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { refusals, type GateResult } from '../../core/gate-result.ts';
import { applyFixes, checkMask, countsOf, crossSeriesGates, fixesOf, type SeriesCounts } from '../../core/gates.ts';
import { parseSeriesId, SeriesId } from '../../core/ids.ts';
import { gradingRows } from '../../core/inspection/grading-rules.ts';
import { cohortRows } from '../../core/inspection/rows.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { STRUCTURE_CLASSES, type StructureClass } from '../../core/labels.ts';
import { labelsOf } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import type { Output } from '../output.ts';

interface CheckOptions {
  image?: string;
  classes?: StructureClass[];
  beside?: string[];
  overview?: string;
  gradings?: string;
  series?: SeriesId;
  fix?: string;
}

export function register(program: Command, { output }: CommandContext): void {
  const mask = program.command('mask').description('label masks');
  mask
    .command('check')
    .description('put a mask through the gates')
    .argument('<mask>', 'an MHA file')
    .option('--image <image>', 'the image that the mask must lie on, an MHA file')
    .option('--classes <names>', 'the classes that were annotated, of vertebra,disc,canal (all)', classNames)
    .option('--beside <masks...>', 'other masks of the study, to compare counts with; <series>.mha by name')
    .option('--overview <file>', 'an overview.csv, to compare counts with')
    .option('--gradings <file>', 'a radiological_gradings.csv, to compare counts with')
    .option('--series <id>', "the mask's series; its file name says it when left out", checkedBy(SeriesId))
    .option('--fix <file>', 'write a copy with the proposed fixes to a new file')
    .addHelpText(
      'after',
      examples(
        'spindle mask check masks/1_t2.mha --image images/1_t2.mha',
        'spindle mask check masks/1_t2.mha --overview overview.csv --beside masks/1_t1.mha',
        'spindle mask check masks/1_t2.mha --fix repaired.mha',
      ),
    )
    .addHelpText(
      'after',
      '\nExit code 2 when a gate refuses the mask; flags alone leave it 0. docs/gates.md describes the gates.',
    )
    .action((file: string, options: CheckOptions) => check(output, file, options));
}

function classNames(text: string): StructureClass[] {
  const names = text.split(',').map((name) => name.trim());
  const known = STRUCTURE_CLASSES.filter((name) => names.includes(name));
  if (known.length === names.length) return known;
  throw new InvalidArgumentError(`expected some of ${STRUCTURE_CLASSES.join(',')}.`);
}

async function check(output: Output, file: string, options: CheckOptions): Promise<void> {
  const mask = await readMaskFile(file, file);
  const grid = options.image === undefined ? mask.grid : await readMhaGrid(options.image, options.image);
  const classes = options.classes ?? [...STRUCTURE_CLASSES];
  const gates = [...checkMask(mask, grid, { annotatedClasses: classes }), ...(await countGates(file, mask, options))];
  const refused = refusals(gates);
  const fixed = options.fix === undefined ? null : await writeFixed(mask, gates, options.fix);
  output.result({ mask: file, refused: refused.length > 0, gates, fixed }, () =>
    print(output, gates, options.fix, fixed),
  );
  if (refused.length > 0)
    throw new BadResultError(`${file}: refused by ${refused.map(({ gate }) => gate).join(', ')}`, EXIT.usage);
}

/** The gates about counts, as far as there is something to compare them with. */
async function countGates(file: string, mask: Mask, options: CheckOptions): Promise<GateResult[]> {
  const { beside = [], overview, gradings } = options;
  if (beside.length === 0 && overview === undefined && gradings === undefined) return [];
  const series = options.series ?? seriesOf(file, '--series with the series of the mask');
  const { study } = parseSeriesId(series);
  const counts = [countsOf(series, labelsOf(mask))];
  for (const other of beside) {
    const name = seriesOf(other, `a mask of study ${study}, named <series>.mha`);
    if (parseSeriesId(name).study !== study)
      throw new InvalidInputError(other, 'series', `a mask of study ${study}`, name);
    counts.push(countsOf(name, labelsOf(await readMaskFile(other, other))));
  }
  const gates = crossSeriesGates(counts, {
    ...(overview === undefined ? {} : { overview: await overviewCounts(overview) }),
    ...(gradings === undefined ? {} : { gradedDiscs: await gradedDiscs(gradings, study) }),
  });
  // One series agrees with itself.
  return beside.length > 0 ? gates : gates.filter(({ gate }) => gate !== 'counts-agree-in-study');
}

function seriesOf(file: string, expected: string): SeriesId {
  const name = SeriesId.safeParse(basename(file, '.mha'));
  if (name.success) return name.data;
  throw new InvalidInputError(file, 'series', expected, 'a name that is no series');
}

async function overviewCounts(file: string): Promise<SeriesCounts[]> {
  const { lines, columns } = await tableAt(file, 'new_file_name');
  const { rows } = cohortRows(lines, columns.length);
  return rows.flatMap(({ series, vertebrae, discs }) =>
    vertebrae === null || discs === null ? [] : [{ series, vertebrae, discs }],
  );
}

async function gradedDiscs(file: string, study: string): Promise<number[]> {
  const { lines, columns } = await tableAt(file, 'IVD label');
  const { gradings } = gradingRows(lines, columns.length);
  return gradings.filter(({ patient }) => patient === study).map(({ disc }) => disc);
}

async function tableAt(file: string, column: string) {
  const table = await readTable(file, column);
  if (!table) throw new InvalidInputError(file, 'file', 'a CSV table', 'none');
  return table;
}

/** Writes the mask with the proposed fixes to a file that isn't there yet; null when there are none. */
async function writeFixed(mask: Mask, gates: readonly GateResult[], file: string) {
  const fixes = fixesOf(gates);
  if (fixes.length === 0) return null;
  const bytes = await encodeMha(applyFixes(mask, fixes));
  await writeFile(file, bytes, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(file, 'file', 'a new file that can be written', error.code ?? 'none');
  });
  return { file, fixes };
}

function print(
  output: Output,
  gates: readonly GateResult[],
  asked: string | undefined,
  fixed: { file: string } | null,
): void {
  const verdict = ({ passed, severity }: GateResult) => (passed ? 'ok' : severity);
  output.table(
    [
      { header: 'GATE', value: ({ gate }) => gate },
      { header: 'RESULT', value: verdict },
      { header: 'MEASURED', value: ({ measured }) => measured },
      { header: 'EXPECTED', value: ({ expected }) => expected },
    ],
    gates,
  );
  const fixes = fixesOf(gates);
  if (fixes.length > 0) output.line();
  for (const { description } of fixes) output.line(`fix: ${description}`);
  if (fixed) output.line(`written with ${fixes.length === 1 ? 'this fix' : 'these fixes'}: ${fixed.file}`);
  else if (asked !== undefined) output.line('nothing to fix: no file was written');
}
