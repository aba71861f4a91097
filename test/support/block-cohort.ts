import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import type { StoreDeps } from '../../activities/dataset.ts';
import type { TrainRequest } from '../../activities/train.ts';
import { parseSeriesId, type SeriesId } from '../../core/ids.ts';
import { NOTHING_INGESTED, type IngestInput, type IngestItem } from '../../core/ingest.ts';
import { STRUCTURE_CLASSES } from '../../core/labels.ts';
import type { ModelRecord } from '../../core/models.ts';
import { ModelCard } from '../../core/trainer-contract.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import { BLOCK_ONNX, blockCard, tower } from '../adapters/segmenter/block-tower.ts';
import type { CampaignPolicy } from '../../core/loop.ts';

/** How campaigns of blocks are run, but for what a test says otherwise. */
export const BLOCK_POLICY: CampaignPolicy = {
  maxRounds: 1,
  patientsPerRound: 1,
  trainer: 'iis',
  preset: 'demo',
  budget: { seconds: 1, steps: null },
  seed: 1,
  validationShare: 0.5,
  championTolerance: 0,
  stopAtProposalDice: null,
  leaseMs: 60_000,
  segmentWindow: 2,
};

/** Patients whose spines are towers of blocks, which a network of a few nodes segments exactly: the loop without the training. */
export interface BlockSeries {
  series: SeriesId;
  image: Volume;
  truth: Mask;
}

/** Patient n has n % 3 + 3 blocks; every one a T1 and a T2, the first two a SPACE series too. */
export function blockPatients(count: number): BlockSeries[] {
  return Array.from({ length: count }, (_, i) => i + 1).flatMap((patient) => {
    const sequences = patient <= 2 ? ['t1', 't2', 't2_SPACE'] : ['t1', 't2'];
    return sequences.map((sequence) => {
      const blocks = Array.from({ length: (patient % 3) + 3 }, (_, k) => k + 1);
      // Just as high as the blocks: the canal is only seen beside them.
      const size: [number, number, number] = [24, 30, 9 * blocks.length + 5];
      const { image, truth } = tower({ blocks, size }, sequence === 't1' ? 'PIR' : 'LPS');
      // One voxel tells the patients' images apart, away from the blocks.
      image.voxels[0] = patient;
      return { series: `${patient}_${sequence}`, image, truth: { grid: image.grid, element: 'SHORT', voxels: truth } };
    });
  });
}

/** Uploads a cohort with the SPACE masks as initial references, as `cohort ingest` does, and gives the workflow's input. */
export async function uploadBlocks(store: ObjectStore, dataset: string, cohort: BlockSeries[]): Promise<IngestInput> {
  const folder = `ingest/${dataset}/blocks`;
  const items: IngestItem[] = [];
  for (const { series, image, truth } of cohort) {
    const { study, sequence } = parseSeriesId(series);
    const upload = async (volume: Volume, name: string) => ({
      ...(await store.putUpload(folder, await encodeMha(volume))),
      name,
    });
    items.push({
      series,
      study,
      patient: study,
      sequence,
      hospital: Number(study) % 2 ? 'RH1' : 'OH',
      sex: 'F',
      overview: null,
      image: await upload(image, `images/${series}.mha`),
      mask: sequence === 't2_SPACE' ? await upload(truth, `masks/${series}.mha`) : null,
      annotatedClasses: [...STRUCTURE_CLASSES],
      classOfLabel: null,
    });
  }
  const list = await store.putJson({ schema: 'spindle.ingest/1', items });
  return { dataset, folder, list, cursor: 0, soFar: NOTHING_INGESTED };
}

/** Stands for the training: registers the block network, as one that has seen the version's train patients. */
export async function blockModel({ store }: StoreDeps, request: TrainRequest): Promise<ModelRecord> {
  const { dataset, version, round } = request;
  const manifest = await store.getVersion(dataset, version);
  const patientsSeen = Object.keys(manifest.split).filter((patient) => manifest.split[patient] === 'train');
  // A doc_string (field 6 of ModelProto) makes each round's file another one.
  const onnx = new Uint8Array(Buffer.concat([BLOCK_ONNX, Buffer.from([0x32, 1, 0x30 + round])]));
  const stored = await store.putObject(onnx);
  const digest = createHash('sha256').update(onnx).digest('hex');
  const file = { digest, bytes: onnx.length, opset: 17 };
  const card = blockCard({ dataset, version, round, patientsSeen, steps: 3, onnx: file });
  return {
    model: stored.digest,
    onnx: stored,
    card: await store.putJson(card),
    weights: await store.putObject(new TextEncoder().encode(`weights ${round}`)),
    curves: await store.putObject(new TextEncoder().encode('')),
    trainer: 'iis',
    preset: 'demo',
    round,
    version,
    evaluations: [],
  };
}

/** The same network under another digest, as another machine's training would give it: one more byte of text. */
export async function otherBytes({ store }: StoreDeps, record: ModelRecord): Promise<ModelRecord> {
  const bytes = Buffer.concat([await store.getObject(record.onnx.digest), Buffer.from([0x32, 1, 0x7e])]);
  const onnx = await store.putObject(new Uint8Array(bytes));
  const card = await store.getJson(record.card.digest, ModelCard);
  const other = { ...card, onnx: { ...card.onnx, ...onnx } };
  return { ...record, model: onnx.digest, onnx, card: await store.putJson(other) };
}
