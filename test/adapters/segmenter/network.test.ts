import { describe, expect, test } from 'vitest';
import { loadNetwork } from '../../../adapters/segmenter/network.ts';
import { sha256 } from '../../../adapters/volume.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import type { ModelCard } from '../../../core/trainer-contract.ts';
import { BLOCK_ONNX, BLOCK_SPEC, blockCard } from './block-tower.ts';

const VOXELS = 16 * 20 * 20;

describe('loadNetwork', () => {
  test('runs on the CPU where no CUDA provider is installed, and refuses a GPU that is asked for by name', async () => {
    for (const device of ['auto', 'cpu'] as const) {
      const network = await loadNetwork(BLOCK_ONNX, blockCard(), 'blocks', { device });
      expect([network.device, network.fallback]).toEqual(['cpu', undefined]);
      await network.close();
    }
    await expect(loadNetwork(BLOCK_ONNX, blockCard(), 'blocks', { device: 'cuda' })).rejects.toThrow(
      "blocks: device: expected a GPU that onnxruntime can use, got onnxruntime's CUDA provider is not installed",
    );
  });

  test('answers patches in the order of the calls', async () => {
    const network = await loadNetwork(BLOCK_ONNX, blockCard(), 'blocks');
    // One patch full of canal (1.0), one of disc (2.0), one of vertebra (4.0): channel of the answer 2, 1, 0.
    const answers = await Promise.all([1, 2, 4].map((value) => network.run(patchOf(value))));
    const strongest = answers.map(({ structures }) => {
      const at = [0, 1, 2].map((channel) => structures[channel * VOXELS]!);
      return at.indexOf(Math.max(...at));
    });
    expect(strongest).toEqual([2, 1, 0]);
    expect(answers.map(({ structures }) => structures.length)).toEqual([3 * VOXELS, 3 * VOXELS, 3 * VOXELS]);
    // Completeness is sigmoid((voxels - 150) / 10): no vertebra gives sigmoid(-15), a patch full of it 1.
    expect(answers[0]!.completeness).toBeCloseTo(1 / (1 + Math.exp(15)), 6);
    expect(answers[2]!.completeness).toBe(1);
    await network.close();
  });

  test('a closed network refuses to run rather than hang', async () => {
    const network = await loadNetwork(BLOCK_ONNX, blockCard(), 'blocks');
    const inFlight = network.run(patchOf(1)).catch((error: Error) => error.message);
    await network.close();
    await expect(network.run(patchOf(1))).rejects.toThrow('blocks: closed');
    expect(['blocks: closed', expect.objectContaining({ completeness: expect.any(Number) })]).toContainEqual(
      await inFlight,
    );
  });

  const damaged = Buffer.from(BLOCK_ONNX).fill(0xff, 100, 140);
  const cut = BLOCK_ONNX.subarray(0, 700);
  const onnx = (bytes: Uint8Array): Partial<ModelCard> => ({
    onnx: { digest: sha256(bytes), bytes: bytes.length, opset: 17 },
  });
  test.each([
    ['other bytes than the card names', damaged, {}, 'onnx.digest'],
    ['damaged bytes', damaged, onnx(damaged), 'onnx'],
    ['cut bytes', cut, onnx(cut), 'onnx'],
    ['another patch size', BLOCK_ONNX, { network: { ...BLOCK_SPEC, patch: [16, 20, 24] } }, 'input patch'],
    ['a card without a network', BLOCK_ONNX, { network: undefined }, 'model card network'],
  ] as [string, Buffer, Partial<ModelCard>, string][])('refuses %s', async (_, bytes, changes, field) => {
    const attempt = loadNetwork(bytes, blockCard(changes), 'blocks');
    await expect(attempt).rejects.toBeInstanceOf(InvalidInputError);
    await expect(attempt).rejects.toMatchObject({ object: 'blocks', field });
  });
});

function patchOf(value: number): Float32Array<ArrayBuffer> {
  return new Float32Array(3 * VOXELS).fill(value, 0, VOXELS);
}
