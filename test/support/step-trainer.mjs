// A trainer that counts to STEPS, saving a checkpoint after each step, and keeps the contract in core/trainer-contract.ts.
// The card's `seconds` are the steps of its last run.
// It waits after step HOLD_AT until the file `<job directory>/../go` is there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.argv.at(-1);
const steps = Number(process.env.STEPS);
const holdAt = Number(process.env.HOLD_AT ?? -1);
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'));
const checkpoint = join(folder, 'checkpoints/last');
const say = (event) => console.log(JSON.stringify(event));
process.on('SIGTERM', () => process.exit(143));

let step = existsSync(checkpoint) ? Number(readFileSync(checkpoint, 'utf8')) : 0;
const begun = step;
say({ event: 'start', device: 'cpu', parameters: 1, resumedFromStep: step });
mkdirSync(join(folder, 'checkpoints'), { recursive: true });
while (step < steps) {
  writeFileSync(checkpoint, String(++step));
  say({ event: 'checkpoint', step, path: 'checkpoints/last' });
  say({ event: 'progress', step, seconds: step, fraction: step / steps, loss: 1 / step });
  while (step === holdAt && !existsSync(join(folder, '../go'))) await sleep(50);
}
const seen = job.cases.filter(({ split }) => split === 'train').map(({ patient }) => patient);
const onnx = Buffer.from(`counted to ${step}`);
const card = {
  schema: 'spindle.model-card/1',
  ...Object.fromEntries(['trainer', 'preset', 'dataset', 'version', 'round', 'seed'].map((key) => [key, job[key]])),
  parent: job.warmStart?.model ?? null,
  patientsSeen: [...new Set([...(job.warmStart?.patientsSeen ?? []), ...seen])],
  network: {
    kind: 'iis',
    spacingMm: [4, 3, 3],
    patch: [16, 20, 20],
    outsideValue: -1,
    clipMin: -1,
    clipMax: 6,
    inputs: ['image', 'vertebra-memory', 'disc-memory'],
    outputs: ['vertebra', 'disc', 'canal'],
  },
  parameters: 1,
  steps: step,
  seconds: step - begun,
  onnx: { digest: createHash('sha256').update(onnx).digest('hex'), bytes: onnx.length, opset: 17 },
  parityMaxAbs: 0,
  software: {},
};
mkdirSync(join(folder, 'out'), { recursive: true });
writeFileSync(join(folder, 'out/model.onnx'), onnx);
writeFileSync(join(folder, 'out/weights.pt'), `weights of round ${job.round}`);
writeFileSync(join(folder, 'out/curves.jsonl'), '{}\n');
writeFileSync(join(folder, 'out/model-card.json'), JSON.stringify(card));
say({ event: 'done', step, seconds: step });
