import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeVolumeFile } from '../../adapters/formats.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { createContext } from '../../cli/context.ts';
import { createOutput } from '../../cli/output.ts';
import { runProgram } from '../../cli/program.ts';
import { EvaluationReport } from '../../core/evaluation-report.ts';
import { spineMask } from '../support/spine-mask.ts';

class Captured extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function run(...args: string[]) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const context = createContext(
    {},
    '/nowhere/spindle-home',
    createOutput(stdout, stderr as unknown as NodeJS.WriteStream),
  );
  const code = await runProgram(['evaluate', ...args], context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spindle-evaluate-'));
  await mkdir(at('cohort/masks'), { recursive: true });
  await mkdir(at('predictions'));
  const reference = await encodeMha(spineMask());
  for (const series of ['1_t1', '1_t2', '2_t1', '3_t1'])
    await writeFile(at('cohort/masks', `${series}.mha`), reference);
  await writeFile(at('predictions/1_t1.mha'), reference);
  await writeFile(at('predictions/1_t2.mha'), await encodeMha(spineMask(1)));
  await writeFile(at('predictions/2_t1.mha'), 'no volume');
  await writeFile(at('predictions/<b>9.mha'), reference);
  await writeFile(
    at('cohort/overview.csv'),
    'new_file_name,Manufacturer,birth_date\r\n1_t1,Philips Healthcare,\r\n2_t1,Philips Healthcare,40\r\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('spindle evaluate', () => {
  it('reports folders: charges what is missing or unusable, lists what is extra', async () => {
    const { code, stdout } = await run('--reference', at('cohort'), '--prediction', at('predictions'), '--json');
    expect(code).toBe(0);
    const report = EvaluationReport.parse(JSON.parse(stdout));
    expect(
      report.series.map(({ series, patient, sequence, hospital, prediction }) => [
        series,
        patient,
        sequence,
        hospital,
        prediction,
      ]),
    ).toEqual([
      ['1_t1', '1', 't1', 'OH', 'given'],
      ['1_t2', '1', 't2', 'OH', 'given'],
      ['2_t1', '2', 't1', 'UMC', 'refused'],
      ['3_t1', '3', 't1', 'unknown', 'missing'],
    ]);
    expect(report.patients).toBe(3);
    expect(report.missing).toEqual(['3_t1']);
    expect(report.refused).toEqual([{ series: '2_t1', reason: expect.stringContaining('prediction of 2_t1: ') }]);
    expect(report.extra).toEqual(['<b>9']);
    const cell = report.cells.find(
      ({ protocol, structure, sequence, hospital }) =>
        protocol === 'spider' && structure === 'disc' && sequence === 'all' && hospital === 'all',
    )!;
    // Three discs each: 1_t1 perfect, 1_t2 a slice too high (2 of 3 slices common, so 4/6), the other two series missed.
    expect(cell).toMatchObject({ patients: 3, series: 4, found: 6, missed: 6 });
    expect(cell.dice).toMatchObject({ mean: expect.closeTo((3 * 1 + 3 * (4 / 6)) / 12, 9) });
  });

  it('gives the same report every time', async () => {
    const args = ['--reference', at('cohort'), '--prediction', at('predictions'), '--json', '--threads'];
    expect((await run(...args, '1')).stdout).toBe((await run(...args, '2')).stdout);
  });

  it('takes two files for a pair, whatever their names, and shows it structure by structure', async () => {
    const args = ['--reference', at('cohort/masks/1_t1.mha'), '--prediction', at('predictions/1_t2.mha')];
    const { code, stdout } = await run(...args, '--protocol', 'strict');
    expect(code).toBe(0);
    // Vertebra 1: 5 of 6 slices common, 10/12.
    expect(stdout).toMatch(/^ +1 +L5 +found +1 +0\.833333/m);
    expect(stdout).not.toContain('spider protocol');
  });

  it('refuses a pair that cannot be compared, and paths that are not there', async () => {
    const broken = await run('--reference', at('cohort/masks/1_t1.mha'), '--prediction', at('predictions/2_t1.mha'));
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(broken.stderr).toContain('error: prediction of 1_t1: ');
    const nowhere = await run('--reference', at('nowhere'), '--prediction', at('predictions'));
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('--reference');
    expect((await run('--reference', at('cohort'), '--prediction', at('predictions'), '--asd', 'mean')).code).toBe(2);
  });

  it('prints the tables by structure and sequence, by structure and hospital, and by all three', async () => {
    const folders = ['--reference', at('cohort'), '--prediction', at('predictions'), '--protocol', 'spider'];
    const { stdout } = await run(...folders);
    // Discs at OH: three of Dice 1 in the T1, three of 2/3 in the T2; each is 1/6 from the mean, so their deviation is √(1/30).
    expect(stdout).toMatch(/^disc +OH +1 +2 +6 +0 +– +0\.8333 ± 0\.1826 /m);
    expect(stdout).toMatch(/^spider: Dice by structure, hospital and sequence$/m);
    expect(stdout).toMatch(/^STRUCTURE +HOSPITAL +t1 +t2 +all$/m);
    expect(stdout).toMatch(/^disc +OH +1\.000 ± 0\.000 +0\.667 ± 0\.000 +0\.833 ± 0\.183$/m);
    // Missed at UMC: Dice 0, no distance, and no T2 at all.
    expect(stdout).toMatch(/^disc +UMC +0\.000 ± 0\.000 +– +0\.000 ± 0\.000$/m);
    expect(stdout).toMatch(/^disc +UMC +– +– +–$/m);
  });

  it('writes the tables as CSV', async () => {
    const folders = ['--reference', at('cohort'), '--prediction', at('predictions')];
    const { stdout } = await run(...folders, '--tables', at('tables.csv'), '--json');
    const [header, ...lines] = (await readFile(at('tables.csv'), 'utf8')).trimEnd().split('\r\n');
    const row = (start: string): Record<string, string> => {
      const values = lines.find((line) => line.startsWith(start))!.split(',');
      return Object.fromEntries(header!.split(',').map((name, column) => [name, values[column]!]));
    };
    expect(lines).toHaveLength(EvaluationReport.parse(JSON.parse(stdout)).cells.length);
    const oh = row('spider,disc,all,OH,');
    expect(oh).toMatchObject({ patients: '1', series: '2', found: '6', missed: '0', dice_low: '', dice_high: '' });
    expect(Number(oh['dice_sd'])).toBeCloseTo(Math.sqrt(1 / 30), 12);
    expect(row('spider,disc,t1,UMC,')).toMatchObject({ found: '0', missed: '3', dice: '0', asd_mm: '', asd_mm_sd: '' });
  });

  it('reads masks of other formats, and refuses two files of one series', async () => {
    await mkdir(at('nifti/masks'), { recursive: true });
    const files = ['1_t1', '1_t2'].map((series) => at('nifti/masks', `${series}.nii.gz`));
    for (const file of files) await writeVolumeFile(file, spineMask());
    await mkdir(at('mixed'));
    // Labels that a network wrote as floating-point numbers, and something that is no volume.
    await writeVolumeFile(at('mixed/1_t1.nrrd'), {
      ...spineMask(1),
      element: 'FLOAT',
      voxels: Float32Array.from(spineMask(1).voxels),
    });
    await writeFile(at('mixed/1_t2.nii'), 'no volume');
    const { code, stdout } = await run('--reference', at('nifti'), '--prediction', at('mixed'), '--json');
    expect(code).toBe(0);
    const report = EvaluationReport.parse(JSON.parse(stdout));
    expect(report.series.map(({ series, prediction }) => [series, prediction])).toEqual([
      ['1_t1', 'given'],
      ['1_t2', 'refused'],
    ]);
    expect(report.refused[0]!.reason).toBe('prediction of 1_t2: header: expected 348 bytes, got 9');
    // Vertebra 1: 5 of 6 slices common, 10/12.
    expect(report.series[0]!.strict!.find(({ label }) => label === 1)!.dice).toBeCloseTo(10 / 12, 9);
    await writeFile(at('mixed/1_t1.mha'), await encodeMha(spineMask()));
    const twice = await run('--reference', at('nifti'), '--prediction', at('mixed'));
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('expected one file a series, got 1_t1.mha and 1_t1.nrrd');
  });

  it('writes a line for every structure as CSV', async () => {
    await run('--reference', at('cohort'), '--prediction', at('predictions'), '--csv', at('scores.csv'));
    const [header, ...lines] = (await readFile(at('scores.csv'), 'utf8')).trimEnd().split('\r\n');
    expect(header).toContain('series,patient,sequence,hospital,prediction,protocol,outcome,structure,label');
    // Four series of seven structures, by two protocols.
    expect(lines).toHaveLength(56);
    expect(
      lines.filter((line) => line.startsWith('3_t1,3,t1,unknown,missing,spider,missed,disc,201,,0,,,0,')),
    ).toHaveLength(1);
    expect(lines.join()).not.toContain('NaN');
  });

  it('writes a page that loads nothing and holds pictures of the worst cases', async () => {
    await run('--reference', at('cohort'), '--prediction', at('predictions'), '--html', at('report.html'));
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toContain("default-src 'none'");
    expect(page.match(/(src|href)="(?!data:)/g)).toBeNull();
    expect(page).not.toMatch(/<script|https?:\/\//);
    expect(page.match(/data:image\/png;base64,/g)).toHaveLength(2);
    expect(page).toContain('&#60;b&#62;9');
    expect(page).not.toContain('<b>9');
    for (const said of ['3_t1', 'T2', 'By structure, hospital and sequence', '0.833 ± 0.183', 'How to read this'])
      expect(page).toContain(said);
  });
});
