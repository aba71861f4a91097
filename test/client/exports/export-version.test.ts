import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { objectKey } from '../../../adapters/object-store.ts';
import { sha256 } from '../../../adapters/volume.ts';
import { EXPORT_FORMATS } from '../../../client/exports/export-version.ts';
import { exportFixture } from './export-fixture.ts';

describe('exports of a version', () => {
  const at = exportFixture();

  // DICOM takes seconds a series: dicom-seg.test.ts asks it the same, once.
  describe.each(EXPORT_FORMATS.filter((format) => format !== 'dicom-seg'))('as %s', (format) => {
    it('are the same bytes each time, and coreutils agree with their checksums', async () => {
      const [one, two] = [join(at.into, 'one'), join(at.into, 'two')];
      const { folder } = await at.run(format, { into: one });
      await at.run(format, { into: two });
      const files = digestsBelow(one);
      expect(files.size).toBeGreaterThan(9);
      expect([...digestsBelow(two)]).toEqual([...files]);
      execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'checksums.sha256'], { cwd: folder });
      const lines = readFileSync(join(folder, 'checksums.sha256'), 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(files.size - 1); // all but itself
    });

    it('name the version', async () => {
      const { folder } = await at.run(format);
      expect(JSON.parse(readFileSync(join(folder, 'export.json'), 'utf8'))).toMatchObject({
        schema: 'spindle.export/1',
        format,
        dataset: 'towers',
        version: at.version,
      });
      expect(sha256(readFileSync(join(folder, 'version.json')))).toBe(at.version);
    });

    it('go on where they were interrupted, keeping what is right', async () => {
      const stop = new Error('stopped');
      const stopAfterFour = (done: number) => {
        if (done === 4) throw stop;
      };
      await expect(at.run(format, {}, stopAfterFour)).rejects.toBe(stop);
      const folder = format === 'nnunet' ? join(at.into, 'Dataset501_towers') : at.into;
      expect(readdirSync(folder)).not.toContain('export.json');
      const [first] = [...digestsBelow(folder).keys()].filter((path) => /\.(mha|nii\.gz)$/.test(path));
      const before = statSync(join(folder, first!)).ino;
      // A power cut leaves half a file under a name of its own, and half a line in the journal.
      writeFileSync(join(folder, dirname(first!), `.${first!.split('/').at(-1)}.part`), 'half');
      writeFileSync(join(folder, 'checksums.sha256.incomplete'), 'abc', { flag: 'a' });
      const report = await at.run(format);
      expect(report.kept).toBeGreaterThanOrEqual(4);
      expect(report.kept + report.written).toBe(report.files);
      expect(statSync(join(folder, first!)).ino).toBe(before);
      const whole = join(at.into, '../whole');
      await at.run(format, { into: whole });
      expect([...digestsBelow(folder)]).toEqual([...digestsBelow(join(whole, folder.slice(at.into.length)))]);
      rmSync(whole, { recursive: true });
      expect(await at.run(format)).toMatchObject({ written: 0, kept: report.files });
    });

    it('write a damaged file again', async () => {
      const { folder } = await at.run(format);
      const before = digestsBelow(folder);
      const [volume] = [...before.keys()].filter((path) => /\.(mha|nii\.gz)$/.test(path));
      writeFileSync(join(folder, volume!), 'damaged');
      expect(await at.run(format)).toMatchObject({ written: 1 });
      expect([...digestsBelow(folder)]).toEqual([...before]);
    });
  });

  it('leave folders alone that hold something else', async () => {
    writeFileSync(join(at.into, 'thesis.txt'), 'years of work');
    await expect(at.run('spider')).rejects.toThrow('holds other files');
    expect(readdirSync(at.into)).toEqual(['thesis.txt']);
  });

  it('take no other export and no stranger for their own', async () => {
    await at.run('spider');
    await expect(at.run('croissant')).rejects.toThrow('holds another export, see its export.json');
    writeFileSync(join(at.into, 'images/notes.txt'), 'mine');
    await expect(at.run('spider')).rejects.toThrow('images/notes.txt is not of this export');
    rmSync(join(at.into, 'images/notes.txt'));
    await at.run('spider');
  });

  it('write nothing through a link that leads out of the folder', async () => {
    const [outside, inside] = [join(at.into, 'outside'), join(at.into, 'inside')];
    mkdirSync(outside);
    await at.run('spider', { into: inside });
    rmSync(join(inside, 'images'), { recursive: true });
    symlinkSync(outside, join(inside, 'images'));
    await expect(at.run('spider', { into: inside })).rejects.toThrow('images is not of this export');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('stop at an object that is not what its digest says', async () => {
    const { image } = at.manifest.series[1]!;
    const path = join(at.server.data, 'spindle', objectKey(image.digest));
    const saved = readFileSync(path);
    const damaged = Buffer.from(saved);
    damaged[damaged.length >> 1]! ^= 1;
    writeFileSync(path, damaged);
    for (const format of EXPORT_FORMATS) {
      await expect(at.run(format, { into: join(at.into, format) })).rejects.toThrow('image of 1_t2');
    }
    writeFileSync(path, saved);
    await at.run('bids', { into: join(at.into, 'bids') });
  });
});

/** Path → SHA-256 of every file below a folder, in the order of their names. */
function digestsBelow(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  paths.sort();
  return new Map(paths.map((path) => [path, sha256(readFileSync(join(folder, path)))]));
}
