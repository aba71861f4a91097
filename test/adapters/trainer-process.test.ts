import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runTrainer, type TrainerRun } from '../../adapters/trainer-process.ts';
import { PERMANENT_ERRORS } from '../../core/queues.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { TrainerEvent, TrainingJob } from '../../core/trainer-contract.ts';

const TRAINER = fileURLToPath(new URL('../data/trainer/example-trainer.mjs', import.meta.url));
const ADAPTER = fileURLToPath(new URL('../../adapters/trainer-process.ts', import.meta.url));

const JOB: TrainingJob = {
  schema: 'spindle.job/1',
  dataset: 'phantom',
  version: 'a'.repeat(64),
  round: 2,
  trainer: 'example',
  preset: 'demo',
  seed: 7,
  budget: { seconds: 1, steps: null },
  warmStart: { weights: 'warm/weights.pt', model: 'b'.repeat(64), patientsSeen: ['1'] },
  raw: 'raw',
  cases: [
    {
      series: '2_t2',
      patient: '2',
      hospital: 'RH1',
      sequence: 't2',
      split: 'train',
      image: 'raw/imagesTr/2_t2_0000.mha',
      mask: 'raw/labelsTr/2_t2.mha',
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra', 'disc', 'canal'],
    },
  ],
};

let jobDir: string;
beforeEach(() => {
  jobDir = mkdtempSync(join(tmpdir(), 'spindle-trainer-'));
  writeFileSync(join(jobDir, 'job.json'), JSON.stringify(JOB));
});
afterEach(() => rm(jobDir, { recursive: true, force: true }));

function train(mode: string, changes: Partial<TrainerRun> = {}) {
  return runTrainer({ command: [process.execPath, TRAINER], jobDir, env: { EXAMPLE_MODE: mode }, ...changes });
}

/** A zombie (ended, but with no parent to collect it) is not alive. */
function alive(pid: number): boolean {
  if (process.platform === 'linux') {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  }
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

const trainerPid = (): number => Number(readFileSync(join(jobDir, 'pid'), 'utf8'));
const lockFile = (): string => join(jobDir, 'trainer.lock');

describe('runTrainer', () => {
  test('passes events on in order, keeps other lines as log, and reads what is left', async () => {
    const events: TrainerEvent[] = [];
    const lines: string[] = [];
    const outcome = await train('done', { onEvent: (event) => events.push(event), onLog: (line) => lines.push(line) });
    expect(events.map(({ event }) => event)).toEqual(['start', 'progress', 'validation', 'done']);
    expect(lines.sort()).toEqual([
      'a line that is no event',
      'a warning',
      '{"event":"progress","step":"not a number"}',
    ]);
    expect(outcome).toMatchObject({
      outcome: 'done',
      card: { round: 2, parent: 'b'.repeat(64), patientsSeen: ['1', '2'] },
      weightsPath: join(jobDir, 'out/weights.pt'),
    });
    expect(existsSync(lockFile())).toBe(false);
  });

  test('exit 2 is the job, with the trainer’s own words', async () => {
    const attempt = train('invalid');
    await expect(attempt).rejects.toBeInstanceOf(InvalidInputError);
    await expect(attempt).rejects.toThrow('job.json: cases: expected a train case, got none');
  });

  test('too little memory is permanent, whatever the exit code', async () => {
    const error = await train('memory').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'TrainerMachineError' });
    expect((error as Error).message).toContain("can't run here: out-of-memory: RuntimeError: 9 GB wanted");
    expect(PERMANENT_ERRORS).toContain('TrainerMachineError');
  });

  test('any other exit is worth a retry, and tells the last lines only', async () => {
    const error = await train('crash').catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(InvalidInputError);
    const { message } = error as Error;
    expect(message).toContain('exit code 1 (internal: RuntimeError: a kernel failed)');
    expect(message).toContain('line 50');
    expect(message).toContain('line 31\n');
    expect(message).not.toContain('line 30\n');
  });

  test.each([
    ['no-output', 'out/model-card.json', 'file'],
    ['wrong-digest', 'model.onnx', 'digest'],
    ['hides-patients', 'model-card.json', 'patientsSeen'],
    ['foreign-patients', 'model-card.json', 'patientsSeen'],
  ])('refuses output that breaks the contract: %s', async (mode, object, field) => {
    await expect(train(mode)).rejects.toMatchObject({ name: 'InvalidInputError', object, field });
  });

  test('an abort asks first: a polite trainer saves its checkpoint', async () => {
    const abort = new AbortController();
    const onEvent = ({ event }: TrainerEvent): void => void (event === 'progress' && abort.abort());
    const outcome = await train('polite', { signal: abort.signal, onEvent });
    expect(outcome).toEqual({ outcome: 'stopped', killed: false });
    expect(existsSync(join(jobDir, 'checkpoint'))).toBe(true);
    expect(alive(trainerPid())).toBe(false);
  });

  test('and kills later: a stubborn one', async () => {
    const abort = new AbortController();
    const onEvent = ({ event }: TrainerEvent): void => void (event === 'progress' && abort.abort());
    const start = performance.now();
    const outcome = await train('stubborn', { signal: abort.signal, onEvent, killAfterMs: 300 });
    expect(outcome).toEqual({ outcome: 'stopped', killed: true });
    expect(performance.now() - start).toBeGreaterThanOrEqual(300);
    expect(alive(trainerPid())).toBe(false);
  });

  test('aborted beforehand it starts nothing', async () => {
    expect(await train('done', { signal: AbortSignal.abort() })).toEqual({ outcome: 'stopped', killed: false });
    expect(existsSync(join(jobDir, 'runs'))).toBe(false);
  });

  test('what a listener throws stops the trainer and comes out', async () => {
    const broken = new Error('the heartbeat failed');
    const onEvent = (): void => {
      throw broken;
    };
    await expect(train('polite', { onEvent })).rejects.toBe(broken);
    expect(alive(trainerPid())).toBe(false);
  });

  test('a program that is not there', async () => {
    await expect(train('done', { command: ['no-such-trainer'] })).rejects.toThrow(
      'the trainer no-such-trainer could not be started',
    );
  });

  test('gets no credentials', async () => {
    const credentials = { AWS_SECRET_ACCESS_KEY: 'secret', TEMPORAL_API_KEY: 'secret', SPINDLE_API_TOKEN: 'secret' };
    const lines: string[] = [];
    await train('environment', {
      onLog: (line) => lines.push(line),
      inherit: { PATH: '/usr/bin', ...credentials },
    });
    const names = lines.find((line) => line.startsWith('names: '))!.split(' ');
    expect(names).toContain('PATH');
    expect(names.filter((name) => /AWS|TEMPORAL|TOKEN/.test(name))).toEqual([]);
  });
});

describe('a worker that is killed', () => {
  /** Runs runTrainer in a process of its own and kills it with SIGKILL once the trainer is at work. */
  async function killedWorker(mode: string): Promise<void> {
    const script = `
      const { runTrainer } = await import(${JSON.stringify(ADAPTER)});
      await runTrainer({ command: [process.execPath, ${JSON.stringify(TRAINER)}], jobDir: ${JSON.stringify(jobDir)},
        env: { EXAMPLE_MODE: ${JSON.stringify(mode)} },
        onEvent: ({ event }) => event === 'progress' && process.kill(process.pid, 'SIGKILL') });`;
    const worker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const signal = await new Promise((resolve) => worker.once('exit', (_code, how) => resolve(how)));
    expect(signal).toBe('SIGKILL');
  }

  test('leaves a trainer that the next run on the directory ends first', async () => {
    await killedWorker('polite');
    const orphan = trainerPid();
    expect(alive(orphan)).toBe(true);
    const outcome = await train('done');
    expect(outcome.outcome).toBe('done');
    expect(alive(orphan)).toBe(false);
    expect(existsSync(join(jobDir, 'checkpoint'))).toBe(true);
    expect(readFileSync(join(jobDir, 'runs'), 'utf8')).toBe('run\nrun\n');
  });

  test('or, if it does not listen, kills it', async () => {
    await killedWorker('stubborn');
    const orphan = trainerPid();
    expect((await train('done', { killAfterMs: 300 })).outcome).toBe('done');
    expect(alive(orphan)).toBe(false);
  });

  test('closes the trainer’s stdin', async () => {
    await killedWorker('watches-stdin');
    await vi.waitFor(() => expect(existsSync(join(jobDir, 'stdin-ended'))).toBe(true), 5000);
    await train('done');
  });

  test('a lock of a process that is someone else by now harms nobody', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
    const { hostname } = await import('node:os');
    writeFileSync(lockFile(), JSON.stringify({ host: hostname(), pid: bystander.pid, started: 'long ago' }));
    expect((await train('done')).outcome).toBe('done');
    expect(alive(bystander.pid!)).toBe(true);
    bystander.kill('SIGKILL');
  });

  test('a damaged lock is disregarded', async () => {
    writeFileSync(lockFile(), '{"pid":');
    expect((await train('done')).outcome).toBe('done');
  });
});
