// A trainer that trains nothing but keeps the contract in core/trainer-contract.ts, or breaks it as EXAMPLE_MODE says.
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval, setTimeout } from 'node:timers';

const folder = process.argv.at(-1);
const mode = process.env.EXAMPLE_MODE ?? 'done';
const say = (event) => console.log(JSON.stringify(event));
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'));
writeFileSync(join(folder, 'pid'), String(process.pid));
appendFileSync(join(folder, 'runs'), 'run\n');

function leaveOutput(changes = {}) {
  mkdirSync(join(folder, 'out'), { recursive: true });
  const onnx = Buffer.from('not really a network');
  const digest = createHash('sha256').update(onnx).digest('hex');
  const card = {
    schema: 'spindle.model-card/1',
    trainer: job.trainer,
    preset: job.preset,
    dataset: job.dataset,
    version: job.version,
    round: job.round,
    seed: job.seed,
    parent: job.warmStart?.model ?? null,
    patientsSeen: [...new Set([...(job.warmStart?.patientsSeen ?? []), ...job.cases.map(({ patient }) => patient)])],
    network: {
      kind: 'iis',
      spacingMm: [4, 3, 3],
      patch: [24, 40, 40],
      outsideValue: -0.5,
      clipMin: -0.25,
      clipMax: 1.5,
      inputs: ['image', 'vertebra-memory', 'disc-memory'],
      outputs: ['vertebra', 'disc', 'canal'],
    },
    parameters: 1,
    steps: 2,
    seconds: 0.1,
    onnx: { digest, bytes: onnx.length, opset: 17 },
    parityMaxAbs: 0,
    software: {},
    ...changes,
  };
  writeFileSync(join(folder, 'out/model.onnx'), onnx);
  writeFileSync(join(folder, 'out/model-card.json'), JSON.stringify(card));
  writeFileSync(join(folder, 'out/weights.pt'), 'weights');
  writeFileSync(join(folder, 'out/curves.jsonl'), '');
}

const runForever = () => setInterval(() => {}, 1000);
const onTerm = (act) => process.on('SIGTERM', act);

say({ event: 'start', device: 'cpu', parameters: 1, resumedFromStep: 0 });
switch (mode) {
  case 'done':
    console.log('a line that is no event');
    console.log('{"event":"progress","step":"not a number"}');
    console.error('a warning');
    say({ event: 'progress', step: 1, seconds: 0.1, fraction: 0.5, loss: 1.5 });
    say({ event: 'validation', step: 2, dice: { vertebra: 0.5, disc: null, canal: 0.25 } });
    leaveOutput();
    say({ event: 'done', step: 2, seconds: 0.1 });
    break;
  case 'invalid':
    say({ event: 'error', kind: 'invalid-job', message: 'job.json: cases: expected a train case, got none' });
    process.exitCode = 2;
    break;
  case 'memory':
    say({ event: 'error', kind: 'out-of-memory', message: 'RuntimeError: 9 GB wanted' });
    process.exitCode = 1;
    break;
  case 'crash':
    for (let line = 1; line <= 50; line++) console.error(`line ${line}`);
    say({ event: 'error', kind: 'internal', message: 'RuntimeError: a kernel failed' });
    process.exitCode = 1;
    break;
  case 'no-output':
    break;
  case 'wrong-digest':
    leaveOutput();
    writeFileSync(join(folder, 'out/model.onnx'), 'other bytes');
    break;
  case 'hides-patients':
    leaveOutput({ patientsSeen: [] });
    break;
  case 'foreign-patients':
    leaveOutput({ patientsSeen: ['1', '2', '99'] });
    break;
  case 'polite':
    onTerm(() => {
      writeFileSync(join(folder, 'checkpoint'), 'saved');
      process.exit(143);
    });
    say({ event: 'progress', step: 1, seconds: 0.1, fraction: 0.1, loss: 1 });
    runForever();
    break;
  case 'stubborn':
    onTerm(() => {});
    say({ event: 'progress', step: 1, seconds: 0.1, fraction: 0.1, loss: 1 });
    runForever();
    break;
  case 'watches-stdin':
    process.stdin.on('end', () => writeFileSync(join(folder, 'stdin-ended'), ''));
    process.stdin.resume();
    setTimeout(() => process.exit(1), 20_000);
    say({ event: 'progress', step: 1, seconds: 0.1, fraction: 0.1, loss: 1 });
    break;
  case 'environment':
    console.log(`names: ${Object.keys(process.env).join(' ')}`);
    leaveOutput();
    break;
  default:
    throw new Error(`unknown EXAMPLE_MODE ${mode}`);
}
