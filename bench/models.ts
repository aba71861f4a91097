import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelFolder, type ModelBytes } from '../adapters/model-folder.ts';
import { DEVICES } from '../adapters/segmenter/inference-thread.ts';
import { isSemantic, loadModel, type ServedNetwork } from '../adapters/segmenter/load-model.ts';
import { groupBy } from '../core/inspection/rows.ts';
import { curveOf, ERRONEOUS_DICE, itemsOf, randomCurve, type Item } from './models/doubt-order.ts';
import { writePage } from './models/page.ts';
import { unseenPatients, UNSEEN, type UnseenSeries } from './models/phantoms.ts';
import { judge, qualityOf, table4, type Judged, type Quality } from './models/quality.ts';
import { realVolumes } from './models/real-volumes.ts';
import { ownTraversal, publishedTraversal, type SpeedRow } from './models/speed.ts';
import { BENCH_DATA } from './support/python.ts';
import { printMachine } from './support/report.ts';

/**
 * npm run bench:models [-- --model <folder>] [--against <folder>]… [--device cpu|cuda] [--patients n] [--wide n] [--mirror] [--real <folder>]:
 * models on phantom patients that they have not seen, their speed against the published traversal, memory, training speed, and whether
 * doubt finds the errors. Writes a page with curve and pictures. Under ten minutes on two idle cores with the model that is kept.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/phantom-demo' },
    against: { type: 'string', multiple: true, default: [] },
    device: { type: 'string', default: 'auto' },
    patients: { type: 'string', default: '4' },
    wide: { type: 'string', default: '10' },
    mirror: { type: 'boolean', default: false },
    real: { type: 'string', default: process.env['SPINDLE_REAL_DATA'] ?? '../shared/data' },
  },
});
const device = DEVICES.find((each) => each === values.device);
if (!device) throw new Error(`--device: expected ${DEVICES.join(', ')}, got ${values.device}`);
const options = { mirror: values.mirror };
const out = join(BENCH_DATA, 'models');
mkdirSync(out, { recursive: true });

interface Contender {
  name: string;
  bytes: ModelBytes;
  network: ServedNetwork;
}

const contenders: Contender[] = [];
for (const folder of [values.model, ...values.against]) {
  const bytes = await readModelFolder(folder);
  const { trainer, preset, steps, seconds, patientsSeen } = bytes.card;
  const network = await loadModel(bytes.onnx, bytes.card, folder, { device });
  const name = `${trainer}/${preset} ${folder.split('/').at(-1)}`;
  contenders.push({ name, bytes, network });
  console.log(`${name}: ${steps} steps in ${seconds.toFixed(0)} s on ${patientsSeen.length} patients`);
}
printMachine();

const spider = [...unseenPatients('spider', positive(values.patients))];
refuseSeen(spider.flat());
const judged = new Map<Contender, Judged[]>();
for (const contender of contenders) judged.set(contender, await judgeAll(contender, spider.flat()));
const qualities: Quality[] = contenders.map((each) => qualityOf(each.name, judged.get(each)!));
const quality = table4(qualities);
printTable(
  `Quality on ${spider.length} unseen phantom patients (preset spider), ${spider.flat().length} series`,
  quality,
);

const speed = await measureSpeed();
printTable('Speed per volume, 2 threads, the same network', speed);
const training = execFileSync(
  '.spindle/python/bin/python',
  ['workers/trainer/bench/step_speed.py', '--device', device === 'cuda' ? 'cuda' : 'cpu'],
  { encoding: 'utf8' },
);
console.log(`\nTraining: ${training.trim()}`);

const items = await reviewItems();
const curves = [
  { name: 'doubt', curve: curveOf(items, ({ doubt }) => doubt) },
  { name: 'doubt, the other sequences as a second opinion', curve: curveOf(items, ({ secondDoubt }) => secondDoubt) },
  { name: 'random order', curve: randomCurve(items) },
];
const errors = items.filter(({ erroneous }) => erroneous).length;
const order = [
  ['order', 'errors met in 10 %', 'in 20 %', 'in 40 %'],
  ...curves.map(({ name, curve }) => [name, ...[10, 20, 40].map((at) => `${(100 * curve[at]!).toFixed(0)} %`)]),
];
const orderCaption = `Reviewing ${items.length} structures, ${errors} of them erroneous (Dice below ${ERRONEOUS_DICE}, surplus, or next to a miss); goal ≥ 80 % in 20 %`;
printTable(orderCaption, order);

const real = existsSync(values.real) ? await realVolumes(values.real, contenders[0]!.network, out) : [];
for (const { volume, vertebrae, discs, doubt, dice } of real) {
  console.log(`${volume}: ${vertebrae} vertebrae, ${discs} discs, doubt ${doubt.toFixed(2)}, ${JSON.stringify(dice)}`);
}
const page = writePage(out, {
  title: 'Models on phantoms, and on real volumes',
  notes: contenders.map(({ name, bytes: { card } }) => `${name}: ${card.steps} steps in ${card.seconds.toFixed(0)} s.`),
  tables: [
    { caption: `Quality on ${spider.length} unseen phantom patients`, rows: quality },
    { caption: 'Speed per volume', rows: speed },
    { caption: orderCaption, rows: order },
  ],
  curves,
  real,
});
console.log(`\nThe page with curve and pictures: ${page}`);
for (const { network } of contenders) await network.close();

async function judgeAll({ network }: Contender, series: readonly UnseenSeries[]): Promise<Judged[]> {
  const all: Judged[] = [];
  for (const each of series) all.push(await judge(each, network, options));
  return all;
}

/** Structures of the spider patients, and of as many `wide` ones as were asked for: harder, so that there are errors to find. */
async function reviewItems(): Promise<Item[]> {
  const [first] = contenders;
  const byPatient = groupBy(judged.get(first!)!, ({ series }) => series.patient);
  const found = [...byPatient.values()].flatMap(itemsOf);
  for (const patient of unseenPatients('wide', positive(values.wide)))
    found.push(...itemsOf(await judgeAll(first!, patient)));
  return found;
}

async function measureSpeed(): Promise<string[][]> {
  const rows: SpeedRow[] = [];
  const [first] = contenders;
  if (first && !isSemantic(first.network)) {
    for (const { series, image } of spider[0]!) {
      rows.push(
        ...(await publishedTraversal(series, image, first.network)),
        await ownTraversal(series, image, first.network, options),
      );
    }
  }
  const ratio = (row: SpeedRow, to: SpeedRow['form']): string => {
    const published = rows.find(({ volume, form }) => volume === row.volume && form === to);
    return published ? `${(published.seconds / row.seconds).toFixed(1)} ×` : '–';
  };
  return [
    [
      'volume',
      'form',
      's',
      'passes',
      'traversal s',
      'resampling s',
      'faster than published (goal ≥ 10 ×)',
      'than published, trilinear',
    ],
    ...rows.map((row) => [
      row.volume,
      row.form,
      row.seconds.toFixed(2),
      `${row.passes}`,
      row.traversalSeconds.toFixed(2),
      row.resamplingSeconds.toFixed(2),
      ratio(row, 'published'),
      row.form === 'spindle' ? ratio(row, 'published, trilinear') : '',
    ]),
    ...qualities.map(({ model, secondsPerSeries, passesPerSeries }) => [
      'mean of all',
      model,
      secondsPerSeries.toFixed(2),
      passesPerSeries.toFixed(1),
      '',
      '',
      `${(secondsPerSeries / qualities[0]!.secondsPerSeries).toFixed(1)} × as long as the first`,
      '',
    ]),
    ['peak memory', 'one volume, a process of its own', peakMemory(), '', '', '', 'goal < 2 GB', ''],
  ];
}

function peakMemory(): string {
  const child = execFileSync(process.execPath, ['--import', 'tsx', 'bench/models/one-volume.ts', values.model], {
    encoding: 'utf8',
  });
  return `${(Number(child) / 2 ** 20).toFixed(2)} GB`;
}

/** The patients measured on must be new to every model. */
function refuseSeen(series: readonly UnseenSeries[]): void {
  for (const { name, bytes } of contenders) {
    const seen = series.find(({ patient }) => bytes.card.patientsSeen.includes(patient));
    if (seen) throw new Error(`${name} has learned from patient ${seen.patient} (seed ${UNSEEN.seed})`);
  }
}

function printTable(caption: string, rows: readonly string[][]): void {
  console.log(`\n${caption}`);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`expected a whole number from 1, got ${text}`);
  return value;
}
