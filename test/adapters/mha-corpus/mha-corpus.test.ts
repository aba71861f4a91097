import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../support/command-line.ts';
import type { ReadFile } from './read-files.ts';

// Written by make.ts there, which says what is wrong with each.
const CORPUS = join(import.meta.dirname, '../../data/mha');
const expected = JSON.parse(await readFile(join(CORPUS, 'damaged.json'), 'utf8')) as {
  file: string;
  as: 'volume' | 'mask';
  field: string;
  expected: string;
  got: string;
}[];
const MEMORY_MB = 200;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spindle-corpus-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAll(files: readonly { as: string; path: string }[]): Promise<{ files: ReadFile[]; peakMb: number }> {
  const script = join(import.meta.dirname, 'read-files.ts');
  const args = ['--import', 'tsx', script, ...files.flatMap(({ as, path }) => [as, path])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000, maxBuffer: 2 ** 26 });
  const { files: read, peakKb } = JSON.parse(stdout) as { files: ReadFile[]; peakKb: number };
  return { files: read, peakMb: peakKb / 1024 };
}

describe('the corpus of damaged MHA files', () => {
  it('is refused file by file, for what is wrong with it, with little work and memory', async () => {
    expect(expected.length).toBeGreaterThanOrEqual(60);
    expect((await readdir(join(CORPUS, 'damaged'))).sort()).toEqual(expected.map(({ file }) => file).sort());
    const { files, peakMb } = await readAll(
      expected.map(({ file, as }) => ({ as, path: join(CORPUS, 'damaged', file) })),
    );
    const said = files.map(({ refused, error }, at) => ({ file: expected[at]!.file, refused, error }));
    expect(said).toEqual(
      expected.map(({ file, field, expected: wanted, got }) => ({
        file,
        refused: { field, expected: wanted, got },
        error: null,
      })),
    );
    // Of the processor, so that a busy machine doesn't fail it.
    for (const { path, cpuMs } of files) expect(cpuMs, path).toBeLessThan(1000);
    expect(peakMb).toBeLessThan(MEMORY_MB);
  });

  it('has whole neighbours, which are read, all to the same voxels', async () => {
    const names = await readdir(join(CORPUS, 'whole'));
    const { files } = await readAll(names.map((name) => ({ as: 'mask', path: join(CORPUS, 'whole', name) })));
    expect(files.flatMap(({ path, refused, error }) => (refused || error ? [{ path, refused, error }] : []))).toEqual(
      [],
    );
    const digests = new Map(files.map(({ path, digest }) => [path.split('/').at(-1)!, digest]));
    const one = digests.get('compressed.mha');
    // Its direction differs in the eighth digit.
    expect(digests.get('single-precision-geometry.mha')).not.toBe(one);
    digests.delete('single-precision-geometry.mha');
    expect(digests.size).toBeGreaterThanOrEqual(8);
    expect(new Set(digests.values())).toEqual(new Set([one]));
  });

  it('is joined by a file of a gigabyte behind a small header, of which only the header is read', async () => {
    const path = join(folder, 'large.mha');
    const file = await open(path, 'w');
    await file.write(await readFile(join(CORPUS, 'whole/raw.mha')));
    const { size } = await file.stat();
    await file.truncate(size + 2 ** 30);
    await file.close();
    const { files, peakMb } = await readAll([{ as: 'volume', path }]);
    expect(files[0]!.refused).toEqual({
      field: 'voxels',
      expected: '48 bytes after the header',
      got: `${48 + 2 ** 30}`,
    });
    expect(peakMb).toBeLessThan(MEMORY_MB);
  });

  it('gets a line a file from `spindle volume check`, and an exit code that is not 0', async () => {
    const damaged = join(CORPUS, 'damaged');
    const { code, stdout, stderr } = await runCommand('volume', 'check', damaged);
    expect(code).toBe(2);
    expect(stdout.trimEnd().split('\n')).toEqual(
      // Labels that are none are numbers like others in an image.
      expected.map(({ file, as, field, expected: wanted, got }) =>
        as === 'mask'
          ? `${join(damaged, file)}: OK`
          : `${join(damaged, file)}: ${field}: expected ${wanted}, got ${got}`,
      ),
    );
    const volumes = expected.filter(({ as }) => as === 'volume').length;
    expect(stderr).toContain(`${volumes} of ${expected.length} refused`);
    expect((await runCommand('volume', 'check', join(CORPUS, 'whole'))).code).toBe(0);
  });
});
