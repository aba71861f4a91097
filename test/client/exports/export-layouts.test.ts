import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readVolumeFile } from '../../../adapters/formats.ts';
import { decodeMha, sha256, voxelDigest } from '../../../adapters/volume.ts';
import { tagVersion } from '../../../client/version-tags.ts';
import { verifyFolder } from '../../../client/verify-version.ts';
import { sameGrid } from '../../../core/orientation.ts';
import { exportFixture } from './export-fixture.ts';

describe('an export', () => {
  const at = exportFixture();

  describe('a release in SPIDER’s layout', () => {
    it('holds the stored files, and verifies as a checkout does', async () => {
      const report = await at.run('spider');
      expect(report.missing).toEqual(['LICENSE', 'CITATION.cff']);
      expect(readdirSync(at.into).sort()).toEqual(
        ['DATASHEET.md', 'checksums.sha256', 'export.json', 'images', 'masks', 'overview.csv', 'version.json'].sort(),
      );
      expect(await verifyFolder(at.into)).toMatchObject({ version: at.version, checked: 6, findings: [] });
    });

    it('takes licence and citation as they are, and says which are missing', async () => {
      await at.run('spider');
      const without = readFileSync(join(at.into, 'DATASHEET.md'), 'utf8');
      expect(without).toContain('- licence: **missing**');
      expect(without).toContain('- 2 patients: 1 train, 1 validation');
      // Three towers of two vertebrae, two discs and a canal.
      expect(without).toContain('- 6 vertebrae (0 cut by the edge of their volume), 6 discs, 3 canals');
      const [licenceFile, citationFile] = [join(at.root, 'licence.txt'), join(at.root, 'cite.cff')];
      writeFileSync(licenceFile, 'CC BY 4.0\n');
      writeFileSync(citationFile, 'cff-version: 1.2.0\n');
      at.into = join(at.into, 'with');
      expect(await at.run('spider', { licenceFile, citationFile })).toMatchObject({ missing: [] });
      expect(readFileSync(join(at.into, 'LICENSE'), 'utf8')).toBe('CC BY 4.0\n');
      expect(readFileSync(join(at.into, 'DATASHEET.md'), 'utf8')).not.toContain('missing');
      const absent = at.run('spider', { licenceFile: join(at.root, 'none.txt') });
      await expect(absent).rejects.toThrow('none.txt: file: expected a readable file, got ENOENT');
    });
  });

  describe('an nnU-Net raw dataset', () => {
    it('has classes, and one fold: the split of the version', async () => {
      const { folder } = await at.run('nnunet');
      const inner = 'Dataset501_towers';
      expect(folder).toBe(join(at.into, inner));
      const labels = { background: 0, vertebra: 1, disc: 2, canal: 3 };
      expect(at.json(inner, 'dataset.json')).toEqual({
        channel_names: { 0: 'MRI' },
        labels,
        numTraining: 3,
        file_ending: '.mha',
        overwrite_image_reader_writer: 'SimpleITKIO',
        name: 'towers',
        release: at.version,
      });
      expect(at.json(inner, 'splits_final.json')).toEqual([{ train: ['1_t1', '1_t2'], val: ['20_t2_SPACE'] }]);
      expect(readdirSync(join(folder, 'imagesTr')).sort()).toEqual([
        '1_t1_0000.mha',
        '1_t2_0000.mha',
        '20_t2_SPACE_0000.mha',
      ]);
      const class_ = (label: number) => (label === 0 ? 0 : label === 100 ? 3 : label > 200 ? 2 : 1);
      await expectRenumbered(join(folder, 'labelsTr'), class_);
    });

    it('numbers instances without a gap, with the way back', async () => {
      await at.run('nnunet', { nnunet: { id: 7, labels: 'instances', folds: 1, seed: 1 } });
      const inner = 'Dataset007_towers';
      expect(at.json<{ labels: object }>(inner, 'dataset.json').labels).toEqual({
        background: 0,
        vertebra_1: 1,
        vertebra_2: 2,
        canal: 3,
        disc_1: 4,
        disc_2: 5,
      });
      const { labels } = at.json<{ labels: { number: number; spider: number }[] }>(inner, 'label_mapping.json');
      expect(labels.map(({ number, spider }) => [number, spider])).toEqual([
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 100],
        [4, 201],
        [5, 202],
      ]);
      const numbers = new Map(labels.map(({ number, spider }) => [spider, number]));
      await expectRenumbered(join(at.into, inner, 'labelsTr'), (label) => numbers.get(label)!);
    });

    async function expectRenumbered(folder: string, numberOf: (label: number) => number): Promise<void> {
      for (const { series, reference } of at.manifest.series) {
        const [path, stored] = [join(folder, `${series}.mha`), await at.store.getObject(reference.mask.digest)];
        const [got, mask] = [await decodeMha(readFileSync(path), series), await decodeMha(stored, series)];
        expect(got.grid).toEqual(mask.grid);
        expect([...got.voxels]).toEqual([...mask.voxels].map(numberOf));
      }
    }
  });

  describe('BIDS derivatives', () => {
    it('have every voxel in its place', async () => {
      await at.run('bids');
      const names = {
        '1_t1': ['sub-1/anat/sub-1_acq-t1_T1w', 'sub-1/anat/sub-1_acq-t1_desc-reference_dseg'],
        '1_t2': ['sub-1/anat/sub-1_acq-t2_T2w', 'sub-1/anat/sub-1_acq-t2_desc-reference_dseg'],
        '20_t2_SPACE': ['sub-20/anat/sub-20_acq-t2SPACE_T2w', 'sub-20/anat/sub-20_acq-t2SPACE_desc-reference_dseg'],
      } as Record<string, [string, string]>;
      for (const { series, grid, image, reference } of at.manifest.series) {
        for (const [which, stored] of [image, reference.mask].entries()) {
          const path = join(at.into, `${names[series]![which]}.nii.gz`);
          const { volume, dropped } = await readVolumeFile(path, path);
          expect(dropped).toEqual([]);
          expect(sameGrid(grid, volume.grid, 1e-4)).toEqual({ same: true });
          // The towers' geometry is whole numbers, so it comes back exactly, and with it the digest of geometry and voxels.
          expect(voxelDigest({ ...volume, grid })).toBe(stored.voxelDigest);
        }
      }
    });

    it('tell the sets and nothing of a person', async () => {
      await at.run('bids');
      expect(readFileSync(join(at.into, 'participants.tsv'), 'utf8')).toBe(
        'participant_id\tsex\thospital\tsplit\nsub-1\tF\tRH1\ttrain\nsub-20\tF\tRH1\tvalidation\n',
      );
      expect(readFileSync(join(at.into, 'dseg.tsv'), 'utf8').split('\n')[5]).toBe('201\tdisc below vertebra 1\tD1');
      expect(at.json('dataset_description.json')).toMatchObject({
        DatasetType: 'derivative',
        SourceDatasets: [{ Version: at.version }],
      });
    });
  });

  describe('Croissant', () => {
    interface Croissant {
      distribution: { '@id': string; contentUrl: string; sha256: string; contentSize: string }[];
      recordSet: { '@id': string; field: { source?: { extract: { column: string } } }[]; data?: object[] }[];
    }

    it('names every file by its digest and every column of the table', async () => {
      const report = await at.run('croissant');
      expect(report.missing).toEqual([
        'LICENSE',
        'CITATION.cff',
        ...['license', 'url', 'creator', 'datePublished'].map((field) => `${field} in croissant.json`),
      ]);
      const described = at.json<Croissant>('croissant.json');
      expect(described).toMatchObject({
        '@type': 'sc:Dataset',
        conformsTo: 'http://mlcommons.org/croissant/1.0',
        version: `0.0.0+${at.version}`,
      });
      expect(described.distribution.map((file) => file['@id'])).toHaveLength(7);
      for (const { contentUrl, sha256: digest, contentSize } of described.distribution) {
        const bytes = readFileSync(join(at.into, contentUrl));
        expect([digest, contentSize]).toEqual([sha256(bytes), `${bytes.length} B`]);
      }
      const [splits, series, volumes] = described.recordSet;
      expect([splits, series, volumes].map((set) => set!['@id'])).toEqual(['splits', 'series', 'volumes']);
      const [header] = readFileSync(join(at.into, 'overview.csv'), 'utf8').split('\r\n');
      expect(series!.field.map(({ source }) => source!.extract.column).join(',')).toBe(header);
      expect(volumes!.data![0]).toMatchObject({ 'volumes/series': '1_t1', 'volumes/mask': 'masks/1_t1.mha' });
    });

    it('says of the release what it is told, and refuses what it does not know', async () => {
      const aboutFile = join(at.root, 'about.json');
      const about = {
        license: 'https://spdx.org/licenses/CC-BY-4.0.html',
        url: 'https://example.org/towers',
        creator: [{ '@type': 'Organization', name: 'Tower Works' }],
        datePublished: '2026-01-31',
      };
      writeFileSync(aboutFile, JSON.stringify(about));
      expect((await at.run('croissant', { aboutFile })).missing).toEqual(['LICENSE', 'CITATION.cff']);
      expect(at.json('croissant.json')).toMatchObject(about);
      writeFileSync(aboutFile, JSON.stringify({ ...about, licence: 'MIT' }));
      await expect(at.run('croissant', { aboutFile })).rejects.toThrow('about.json');
    });

    it('has the number of a version that has one', async () => {
      for (const tag of ['towers', 'v1.2.0']) await tagVersion(at.store, 'towers', { tag, version: at.version });
      await at.run('croissant');
      expect(at.json('croissant.json')).toMatchObject({ version: '1.2.0' });
      expect(at.json('export.json')).toMatchObject({ number: '1.2.0', version: at.version });
    });
  });
});
