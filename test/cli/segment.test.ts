import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMha, encodeMha, sha256 } from '../../adapters/volume.ts';
import { BLOCK_ONNX, blockCard, tower } from '../adapters/segmenter/block-tower.ts';
import { runCommand } from '../support/command-line.ts';

const { image, truth } = tower({ blocks: [1, 2, 3], size: [24, 30, 32] });

/** An uncompressed MetaImage header of 16 bit voxels. */
function header(...lines: string[]): string {
  const geometry = ['TransformMatrix = 1 0 0 0 1 0 0 0 1', 'Offset = 0 0 0', 'ElementSpacing = 1 1 1'];
  const kind = ['ObjectType = Image', 'NDims = 3', 'BinaryData = True', 'BinaryDataByteOrderMSB = False'];
  const end = ['ElementType = MET_SHORT', 'ElementDataFile = LOCAL', ''];
  return [...kind, ...geometry, ...lines, ...end].join('\n');
}

describe('spindle segment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-segment-'));
  const at = (name: string) => join(folder, name);
  const segment = (file: string, ...options: string[]) =>
    runCommand('segment', at(file), '--model', at('model'), '--json', ...options);

  beforeAll(async () => {
    mkdirSync(at('model'));
    writeFileSync(at('model/model.onnx'), BLOCK_ONNX);
    writeFileSync(at('model/model-card.json'), JSON.stringify(blockCard()));
    writeFileSync(at('image.mha'), await encodeMha(image));
    const [nx, ny] = image.grid.size;
    const slice = { ...image, grid: { ...image.grid, size: [nx, ny, 1] }, voxels: image.voxels.slice(0, nx * ny) };
    writeFileSync(at('slice.mha'), await encodeMha(slice as typeof image));
    writeFileSync(at('flat.mha'), await encodeMha({ ...image, voxels: new Int16Array(truth.length).fill(7) }));
    const floats = Float32Array.from(image.voxels);
    floats[5] = NaN;
    writeFileSync(at('nan.mha'), await encodeMha({ ...image, element: 'FLOAT', voxels: floats }));
    writeFileSync(at('nothing.mha'), '');
    writeFileSync(at('no-voxels.mha'), header('DimSize = 0 4 4'));
    const eight = Buffer.alloc(8 * 3 * 2);
    const channels = header('DimSize = 2 2 2', 'ElementNumberOfChannels = 3');
    writeFileSync(at('channels.mha'), Buffer.concat([Buffer.from(channels), eight]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes mask, picture and trace, and tells the doubt of every structure', async () => {
    const written = ['-o', at('mask.mha'), '--picture', at('picture.png'), '--trace', at('trace.jsonl')];
    const { code, stdout } = await segment('image.mha', ...written);
    expect(code).toBe(0);
    const mask = await decodeMha(new Uint8Array(readFileSync(at('mask.mha'))), 'mask');
    expect(mask.grid).toEqual(image.grid);
    expect(mask.voxels).toEqual(truth);
    const result = JSON.parse(stdout) as { structures: { label: number }[]; passes: number; end: string };
    expect(result.structures.map(({ label }) => label)).toEqual([1, 201, 2, 202, 3, 203, 100]);
    const trace = readFileSync(at('trace.jsonl'), 'utf8').trim().split('\n');
    expect(trace).toHaveLength(result.passes);
    expect(
      trace.map((line) => (JSON.parse(line) as { kind: string }).kind).filter((kind) => kind === 'accept'),
    ).toHaveLength(3);
    expect(PNG.sync.read(readFileSync(at('picture.png'))).height).toBe(512);
  });

  it('overwrites nothing unless told to', async () => {
    writeFileSync(at('there.mha'), 'mine');
    const { code, stderr } = await segment('image.mha', '-o', at('there.mha'));
    expect(code).toBe(2);
    expect(stderr).toContain('one that exists');
    expect(readFileSync(at('there.mha'), 'utf8')).toBe('mine');
    expect((await segment('image.mha', '-o', at('there.mha'), '--force')).code).toBe(0);
  });

  it('gives an empty mask where there is no spine', async () => {
    const { code, stdout } = await segment('flat.mha', '-o', at('empty.mha'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ structures: [], doubt: 1 });
    const mask = await decodeMha(new Uint8Array(readFileSync(at('empty.mha'))), 'mask');
    expect(mask.voxels.every((label) => label === 0)).toBe(true);
  });

  it.each([
    ['slice.mha', 'size'],
    ['nan.mha', 'voxels'],
    ['nothing.mha', 'an empty file'],
    ['no-voxels.mha', 'DimSize'],
    ['channels.mha', 'ElementNumberOfChannels: expected 1, got 3'],
  ])('refuses %s by name and writes nothing', async (file, field) => {
    const { code, stderr } = await segment(file, '-o', at(`out-${file}`));
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toContain(field);
    expect(() => readFileSync(at(`out-${file}`))).toThrow('ENOENT');
  });

  it('refuses a model whose card is missing, malformed, or of another network', async () => {
    const model = async (name: string, card: string | null) => {
      mkdirSync(at(name));
      writeFileSync(at(`${name}/model.onnx`), BLOCK_ONNX);
      if (card !== null) writeFileSync(at(`${name}/model-card.json`), card);
      return runCommand('segment', at('image.mha'), '--model', at(`${name}/model.onnx`), '-o', at(`${name}.mha`));
    };
    expect(await model('alone', null)).toMatchObject({ code: 2, stderr: expect.stringContaining('model-card.json') });
    expect(await model('broken', '{')).toMatchObject({ code: 2, stderr: expect.stringContaining('JSON') });
    const other = JSON.stringify(blockCard({ onnx: { digest: 'a'.repeat(64), bytes: 1, opset: 17 } }));
    // The network's one input under another name, which is as long.
    const renamed = Buffer.from(Buffer.from(BLOCK_ONNX).toString('latin1').replaceAll('patch', 'match'), 'latin1');
    const onnx = { digest: sha256(renamed), bytes: renamed.length, opset: 17 };
    mkdirSync(at('renamed'));
    writeFileSync(at('renamed/model.onnx'), renamed);
    writeFileSync(at('renamed/model-card.json'), JSON.stringify(blockCard({ onnx })));
    expect(
      await runCommand('segment', at('image.mha'), '--model', at('renamed'), '-o', at('renamed.mha')),
    ).toMatchObject({ code: 2, stderr: expect.stringMatching(/input patch: expected float32 .*, got match/) });
    expect(existsSync(at('renamed.mha'))).toBe(false);
    expect(await model('other', other)).toMatchObject({ code: 2, stderr: expect.stringContaining('onnx.digest') });
  });
});
